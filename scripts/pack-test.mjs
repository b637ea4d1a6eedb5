#!/usr/bin/env node
// Packs every package, installs all of them together into an empty folder, and uses them there as a user would:
// the README's library example, and the command from search to checked ONNX. `--keep` leaves the folder.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtPackages } from './build-state.mjs';
import { codeBlockAfter } from './readme-example.mjs';
import { repositoryRoot, run, runMain, runOrFail, StepError, say } from './steps.mjs';

/** @param {string} folder @param {string} packages where the archives go */
async function pack(folder, packages) {
  const args = ['pack', '--json', '--silent', '--pack-destination', packages];
  const { stdout } = await runOrFail('npm', args, { cwd: folder, capture: true });
  const [packed] = JSON.parse(stdout);
  const paths = packed.files.map((/** @type {{ path: string }} */ file) => file.path);
  const { main, types, exports, bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const promised = [main, types, exports?.['.']?.types, exports?.['.']?.default, ...Object.values(bin ?? {})];
  for (const path of promised) {
    const wanted = path?.replace(/^\.\//, '');
    if (wanted !== undefined && !paths.includes(wanted)) {
      throw new StepError(`${packed.name}: package.json names ${wanted}, which is not in the archive`);
    }
  }
  const stray = paths.find((/** @type {string} */ path) => /(^|\/)(test|node_modules|\.turbo)\//.test(path));
  if (stray !== undefined) throw new StepError(`${packed.name}: ${stray} should not be in the archive`);
  say(`  ${packed.name} ${packed.version}: ${paths.length} files, ${Math.ceil(packed.size / 1024)} KiB`);
  return join(packages, packed.filename);
}

await runMain(async () => {
  const keep = process.argv.includes('--keep');
  const base = mkdtempSync(join(tmpdir(), 'tenas-pack-'));
  const packages = join(base, 'packages');
  const project = join(base, 'project');
  mkdirSync(packages);
  mkdirSync(project);
  try {
    say('packing');
    const archives = [];
    for (const folder of builtPackages(repositoryRoot)) {
      const { private: isPrivate } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      if (isPrivate !== true) archives.push(await pack(folder, packages));
    }

    say(`installing ${archives.length} archives into an empty folder`);
    const allowScripts = {
      '@tenas/native': true,
      'better-sqlite3': true,
      'msgpackr-extract': false,
      'onnxruntime-node': false,
    };
    const manifest = { name: 'pack-test', private: true, type: 'module', allowScripts };
    writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(project, '.npmrc'), 'fund=false\naudit=false\n');
    await runOrFail('npm', ['install', '--prefer-offline', '--loglevel=error', ...archives], {
      cwd: project,
      // onnxruntime-node would download its CUDA library; the CPU library is in the package.
      env: { ONNXRUNTIME_NODE_INSTALL: 'skip' },
    });
    const inside = join(project, 'node_modules/@tenas');
    const linked = readdirSync(inside).filter((name) => existsSync(join(inside, name, 'src', 'index.ts')));
    if (linked.length > 0) throw new StepError(`not the packed form of ${linked.join(', ')} was installed`);

    say('running the library example of the README');
    const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
    writeFileSync(join(project, 'example.mjs'), codeBlockAfter(readme, 'library-example'));
    await runOrFail(process.execPath, ['example.mjs'], { cwd: project });

    say('running the command: search, export, check');
    const bin = join(project, 'node_modules/.bin/tenas');
    const searched = await runOrFail(bin, ['search', '--seed', '1', '--out', 'runs', '--json'], {
      cwd: project,
      capture: true,
    });
    const { genotype, record } = JSON.parse(searched.stdout);
    await runOrFail(bin, ['export', '--record', record, '--out', 'net.onnx', '--check'], { cwd: project });
    if (!existsSync(join(project, 'net.onnx'))) throw new StepError('export wrote no file');

    say('running the command: a batch');
    writeFileSync(join(project, 'batch.yaml'), 'score: {architectures: {sample: 20, seed: 1}, repeats: 1}\n');
    await runOrFail(bin, ['batch', 'run', 'batch.yaml', '--out', 'batch'], { cwd: project });
    const { stdout: csv } = await runOrFail(bin, ['batch', 'export', 'batch'], {
      cwd: project,
      capture: true,
    });
    if (csv.trim().split('\n').length !== 21) throw new StepError(`the batch gave\n${csv}`);
    const refused = await run(bin, ['export', '--arch', genotype, '--out', 'net.onnx'], { cwd: project });
    if (refused.code !== 2)
      throw new StepError(`overwriting without --force gave exit code ${refused.code}, not 2`);
    say('pack test passed');
    return 0;
  } finally {
    if (keep) say(`left in ${base}`);
    else rmSync(base, { recursive: true, force: true });
  }
});
