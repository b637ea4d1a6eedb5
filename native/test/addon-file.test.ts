import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { addonFile, platformName, thisMachine } from '../ts/addon-file.js';

const roots: string[] = [];

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

function packageWith(...files: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'tenas-addon-'));
  roots.push(root);
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  }
  return root;
}

const alpine = () => ({ platform: 'linux', arch: 'x64', musl: true });
const arm = () => ({ platform: 'linux', arch: 'arm64', musl: false });

const compiled = 'build/Release/tenas_native.node';
const prebuilt = (platform: string) => `prebuilds/${platform}/tenas_native.node`;

describe('the file of the addon', () => {
  test('is the named one, else the compiled one, else the prebuilt one of the platform', () => {
    const both = packageWith(compiled, prebuilt('linux-arm64'));
    expect(addonFile(both, '/elsewhere.node', arm)).toBe('/elsewhere.node');
    expect(addonFile(both, undefined, arm)).toBe(join(both, compiled));
    const published = packageWith(prebuilt('linux-arm64'), prebuilt('linux-x64'));
    expect(addonFile(published, undefined, arm)).toBe(join(published, prebuilt('linux-arm64')));
  });

  test('is the WebAssembly build where there is no native one, or where it is asked for', () => {
    const wasm = 'prebuilds/wasm32/tenas_engine.wasm';
    const root = packageWith(wasm, prebuilt('linux-arm64'));
    expect(addonFile(root, undefined, alpine)).toBe(join(root, wasm));
    expect(addonFile(root, undefined, arm)).toBe(join(root, prebuilt('linux-arm64')));
    expect(addonFile(root, 'wasm', arm)).toBe(join(root, wasm));
  });

  test('is never one of another C library; the error names what was looked for and the way to compile', () => {
    const root = packageWith(prebuilt('linux-x64'));
    let problem: unknown;
    try {
      addonFile(root, undefined, alpine);
    } catch (error) {
      problem = error;
    }
    expect(problem).toMatchObject({ code: 'ADDON_MISSING' });
    const { message } = problem as Error;
    expect(message).toContain(join(root, prebuilt('linux-x64-musl')));
    expect(message).toContain(join(root, compiled));
    expect(message).toContain('cmake-js@8.0.0 compile');
  });

  test('has the name of the machine, as Node and the C library tell it', () => {
    expect(platformName(alpine())).toBe('linux-x64-musl');
    const here = thisMachine();
    expect(platformName(here)).toMatch(`${process.platform}-${process.arch}`);
    const report = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
    const glibc = report.header.glibcVersionRuntime !== undefined;
    expect(here.musl).toBe(process.platform === 'linux' && !glibc);
  });
});
