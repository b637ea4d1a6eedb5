#!/usr/bin/env node
// `npm run release`: the archives of all packages in a folder, checked, with their SHA-256, the parts list (CycloneDX) and
// the licences of what comes along. Nothing is published.
// `node scripts/release.mjs [--out DIR] [--repository URL] [--here]`; `--here` leaves out other platforms' engines.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { hasPrebuilt, thisPlatform } from '../native/scripts/sources.mjs';
import { checkArchive } from './archive-checks.mjs';
import { packAll } from './archives.mjs';
import { setup } from './setup.mjs';
import { elapsed, repositoryRoot, runMain, runOrFail, StepError, say } from './steps.mjs';
import { checkSupply, productionPackages, readSupply } from './supply-chain.mjs';
import { onPath } from './system-packages.mjs';

/** Platforms that a release should have, with the compiler that makes them elsewhere. */
const PLATFORMS = { 'linux-x64': 'x86_64-linux-gnu-g++', 'linux-arm64': 'aarch64-linux-gnu-g++' };

/** Makes the prebuilt engines that this machine can make. @param {boolean} hereOnly */
async function prebuild(hereOnly) {
  const native = join(repositoryRoot, 'native');
  const wanted = Object.entries(PLATFORMS).filter(([name]) => !hereOnly || name === thisPlatform());
  for (const [name, compiler] of wanted) {
    if (hasPrebuilt(native, undefined, name)) {
      say(`  ${name}: made before, of these sources`);
    } else if (name === thisPlatform() || onPath(compiler)) {
      await runOrFail(process.execPath, [join(native, 'scripts/prebuild.mjs'), name]);
    } else {
      rmSync(join(native, 'prebuilds', name), { recursive: true, force: true });
      say(`  ${name}: NOT MADE, ${compiler} is missing`);
    }
  }
}

/** Makes the engine as WebAssembly, or brings it up to date. */
async function buildWasm() {
  if (!onPath('emcmake')) {
    throw new StepError(
      'the engine as WebAssembly needs Emscripten (Debian, Ubuntu: apt-get install emscripten)',
    );
  }
  await runOrFail(process.execPath, [join(repositoryRoot, 'native/scripts/build-wasm.mjs')]);
}

/** @param {string} path */
const sha256 = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');

await runMain(async () => {
  const start = performance.now();
  const { values: given } = parseArgs({
    options: {
      out: { type: 'string', default: 'release' },
      repository: { type: 'string' },
      here: { type: 'boolean', default: false },
    },
  });
  const out = resolve(repositoryRoot, given.out);
  if (given.repository !== undefined && !/^https:\/\/[^\s?#]+[^/\s?#]$/.test(given.repository)) {
    throw new StepError(
      `--repository ${given.repository}: must be an https address without a slash at its end`,
      2,
    );
  }
  if (existsSync(out) && readdirSync(out).length > 0) {
    throw new StepError(`--out ${out}: is not empty; name another folder, or empty it`, 2);
  }

  say('1/5 build');
  await setup();
  say('2/5 prebuilt engines');
  await prebuild(given.here);
  await buildWasm();
  say('3/5 what comes from others');
  for (const line of checkSupply({ audit: true })) say(`  ${line}`);

  say('4/5 archives');
  mkdirSync(out, { recursive: true });
  const { repository } = given;
  const archives = await packAll(repositoryRoot, out, repository === undefined ? {} : { repository });
  for (const archive of archives) {
    await checkArchive(archive.path);
    const sizes = `${(archive.size / 1e6).toFixed(2)} MB, unpacked ${(archive.unpackedSize / 1e6).toFixed(2)} MB`;
    say(`  ${archive.name}: ${sizes}, ${archive.files} files`);
  }

  say('5/5 sums, parts, licences');
  const sbom = [
    'sbom',
    '--sbom-format',
    'cyclonedx',
    '--omit',
    'dev',
    '--package-lock-only',
    '--workspace',
    'tenas',
  ];
  const parts = await runOrFail('npm', sbom, { capture: true });
  writeFileSync(join(out, 'sbom.cdx.json'), parts.stdout);
  const licences = productionPackages(readSupply(repositoryRoot).entries);
  writeFileSync(join(out, 'licences.json'), `${JSON.stringify(licences, null, 2)}\n`);
  const names = [...archives.map(({ path }) => basename(path)), 'sbom.cdx.json', 'licences.json'];
  const sums = names.map((name) => `${sha256(join(out, name))}  ${name}\n`);
  writeFileSync(join(out, 'SHA256SUMS'), sums.join(''));
  if (repository === undefined) say('  the manifests name no repository; --repository URL sets it');
  say(`${archives.length} archives in ${out}, in ${elapsed(start)}`);
  return 0;
});
