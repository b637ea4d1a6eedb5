#!/usr/bin/env node
import { readFileSync } from 'node:fs';
// `npm run setup`: everything needed to run, from a fresh clone; quick when nothing is to do.
// Needs nothing but Node: it runs before any package is installed.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { compilesAddon, hasPrebuilt, takePrebuilt } from '../native/scripts/sources.mjs';
import {
  buildFingerprint,
  buildNeeded,
  installNeeded,
  recordBuild,
  scriptsToRun,
  taskForRunning,
} from './build-state.mjs';
import { elapsed, isMain, repositoryRoot, runMain, runOrFail, runQuietly, StepError, say } from './steps.mjs';
import { ensureSystemPackages } from './system-packages.mjs';
import { turbo } from './turbo.mjs';

/** @param {string} running @param {string} range `>=major.minor` */
export function nodeIsNewEnough(running, range) {
  const [major = 0, minor = 0] = running.split('.').map(Number);
  const [needMajor = 0, needMinor = 0] = range.replace(/^>=/, '').split('.').map(Number);
  return major > needMajor || (major === needMajor && minor >= needMinor);
}

/**
 * Installs and builds what is missing or out of date.
 * @param {{ tests?: boolean, running?: boolean }} [options] `tests`: also what the C++ tests and the format check need
 *   from the system; `running`: only what the command needs for a search, which is neither declarations nor SQLite
 */
export async function setup(options = {}) {
  const start = performance.now();
  const root = repositoryRoot;
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (!nodeIsNewEnough(process.versions.node, engines.node)) {
    throw new StepError(`Node ${process.versions.node} is too old: ${engines.node} is needed`);
  }
  const native = join(root, 'native');
  const prebuilds = process.env.TENAS_PREBUILDS;
  if (prebuilds !== undefined && !hasPrebuilt(native)) {
    const problem = takePrebuilt(native, prebuilds);
    say(
      `setup: ${problem === null ? 'took the prebuilt addon' : `no prebuilt addon, ${problem}`} (${prebuilds})`,
    );
  }
  const compiles = compilesAddon(native);
  const installed = await ensureSystemPackages({ building: compiles, testing: options.tests === true });

  const installReason = installNeeded(root);
  if (installReason !== null) {
    say(`setup: installing npm packages (${installReason})`);
    await runOrFail('npm', ['ci', '--ignore-scripts']);
  }
  const jobs = process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(availableParallelism());
  const scripts = options.running === true ? [] : scriptsToRun(root);
  if (scripts.length > 0) {
    say(`setup: running the install scripts of ${scripts.join(', ')}, which fetch or compile`);
    await runQuietly('npm', ['rebuild', ...scripts], { env: { JOBS: jobs } });
  }

  const task = options.running === true ? taskForRunning(root) : 'build';
  const fingerprint = buildFingerprint(root);
  const buildReason = buildNeeded(root, fingerprint, task);
  if (buildReason !== null) {
    const what = task === 'bundle' ? 'the command' : 'the packages';
    say(
      compiles
        ? `setup: building the C++ engine and ${what} (${buildReason}); the first time takes a minute or two`
        : `setup: building ${what} (${buildReason}); the engine is a prebuilt one of these sources`,
    );
    const { command, args, env } = turbo(['run', 'build:native', task]);
    await runQuietly(command, args, { env: { ...env, CMAKE_BUILD_PARALLEL_LEVEL: jobs } });
    recordBuild(root, fingerprint, task);
  }
  const reasons = [installReason, buildReason].filter((reason) => reason !== null);
  const idle = [...installed, ...scripts, ...reasons].length === 0;
  say(idle ? `setup: nothing to do (${elapsed(start)})` : `setup: done in ${elapsed(start)}`);
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    const args = process.argv.slice(2);
    const unknown = args.find((arg) => arg !== '--tests');
    if (unknown !== undefined) throw new StepError(`unknown option ${unknown}; known: --tests`, 2);
    await setup({ tests: args.includes('--tests') });
    return 0;
  });
}
