// System packages that the build needs: which are missing, and how to get them.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, StepError, say } from './steps.mjs';

/**
 * @typedef {object} Requirement
 * @property {string} what shown to the reader
 * @property {() => boolean} present
 * @property {string} apt Debian or Ubuntu package
 * @property {string | null} brew Homebrew formula; null where Apple's command line tools have it
 */

/** @param {string} name @param {NodeJS.ProcessEnv} [env] */
export function onPath(name, env = process.env) {
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  return (env.PATH ?? '').split(delimiter).some((directory) =>
    suffixes.some((suffix) => {
      try {
        accessSync(join(directory, name + suffix), constants.X_OK);
        return directory !== '';
      } catch {
        return false;
      }
    }),
  );
}

const includeRoots = ['/usr/include', '/usr/local/include', '/opt/homebrew/include', '/opt/local/include'];

/** @param {readonly string[]} headers paths below an include folder */
function haveHeader(headers) {
  const extra = (process.env.CPLUS_INCLUDE_PATH ?? '').split(delimiter).filter((path) => path !== '');
  return [...includeRoots, ...extra].some((root) => headers.some((header) => existsSync(join(root, header))));
}

/** @type {readonly Requirement[]} */
const forBuilding = [
  { what: 'CMake', present: () => onPath('cmake'), apt: 'cmake', brew: 'cmake' },
  {
    what: 'a C++20 compiler',
    present: () => process.env.CXX !== undefined || ['c++', 'g++', 'clang++'].some((name) => onPath(name)),
    apt: 'g++',
    brew: null,
  },
  { what: 'make or ninja', present: () => onPath('make') || onPath('ninja'), apt: 'make', brew: null },
  {
    what: 'Eigen 3',
    present: () => haveHeader(['eigen3/Eigen/Core', 'Eigen/Core']),
    apt: 'libeigen3-dev',
    brew: 'eigen',
  },
];

/** @type {readonly Requirement[]} */
const forTesting = [
  {
    what: 'doctest',
    present: () => haveHeader(['doctest/doctest.h', 'doctest.h']),
    apt: 'doctest-dev',
    brew: 'doctest',
  },
  { what: 'clang-format', present: () => onPath('clang-format'), apt: 'clang-format', brew: 'clang-format' },
  { what: 'Redis', present: () => onPath('redis-server'), apt: 'redis-server', brew: 'redis' },
  { what: 'libfaketime', present: () => onPath('faketime'), apt: 'faketime', brew: 'libfaketime' },
  { what: 'OpenSSL', present: () => onPath('openssl'), apt: 'openssl', brew: 'openssl' },
  {
    what: 'Chromium, for the tests of reports',
    present: () =>
      ['chromium', 'chromium-browser', 'google-chrome'].some((name) => onPath(name)) ||
      existsSync('/Applications/Chromium.app'),
    apt: 'chromium',
    brew: 'chromium',
  },
  {
    what: 'Emscripten, for the engine as WebAssembly',
    present: () => onPath('emcmake'),
    apt: 'emscripten',
    brew: 'emscripten',
  },
  {
    what: 'Slurm, for the test of its scripts',
    // The test starts a cluster as root; elsewhere it is skipped.
    present: () => !existsSync('/etc/debian_version') || existsSync('/usr/sbin/slurmctld'),
    apt: 'slurm-wlm',
    brew: 'slurm',
  },
  {
    what: 'PyTorch, for the tests of the code that is written for it',
    // The tests run Debian's; elsewhere they are skipped.
    present: () => !existsSync('/etc/debian_version') || existsSync('/usr/lib/python3/dist-packages/torch'),
    apt: 'python3-torch',
    brew: 'pytorch',
  },
];

/** @typedef {{ building: boolean, testing: boolean }} Purposes what a machine is to do: compile C++, run all tests */

/** @param {Purposes} purposes */
export function missingRequirements({ building, testing }) {
  const wanted = [...(building || testing ? forBuilding : []), ...(testing ? forTesting : [])];
  return wanted.filter((requirement) => !requirement.present());
}

/**
 * The commands that install what is missing on this machine, or null where no package manager is known.
 * @param {readonly Requirement[]} missing
 * @param {{ platform: NodeJS.Platform, apt: boolean, root: boolean }} machine
 * @returns {string[][] | null}
 */
export function installCommands(missing, machine) {
  if (machine.platform === 'darwin') {
    const formulas = missing.flatMap(({ brew }) => (brew === null ? [] : [brew]));
    const tools = missing.some(({ brew }) => brew === null) ? [['xcode-select', '--install']] : [];
    return [...tools, ...(formulas.length > 0 ? [['brew', 'install', ...formulas]] : [])];
  }
  if (!machine.apt) return null;
  const sudo = machine.root ? [] : ['sudo'];
  const names = missing.map(({ apt }) => apt);
  return [
    [...sudo, 'apt-get', 'update'],
    [...sudo, 'apt-get', 'install', '-y', '--no-install-recommends', ...names],
  ];
}

/**
 * Installs what is missing where that needs no password; otherwise says exactly what to type.
 * Set TENAS_SETUP_SYSTEM=no to be told and not have anything installed.
 * @param {Purposes} purposes
 * @returns {Promise<string[]>} what was installed
 */
export async function ensureSystemPackages(purposes) {
  const missing = missingRequirements(purposes);
  if (missing.length === 0) return [];
  const root = process.getuid?.() === 0;
  const apt = onPath('apt-get');
  const commands = installCommands(missing, { platform: process.platform, apt, root });
  const names = missing.map(({ what }) => what).join(', ');
  const mayInstall =
    process.platform === 'linux' &&
    apt &&
    process.env.TENAS_SETUP_SYSTEM !== 'no' &&
    (root || (onPath('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0));
  if (commands === null) {
    throw new StepError(`missing: ${names}. Install them with your package manager, then run this again.`);
  }
  const shown = commands.map((command) => `    ${command.join(' ')}`).join('\n');
  if (!mayInstall) throw new StepError(`missing: ${names}. Install with\n${shown}\nthen run this again.`);
  say(`  missing: ${names}; installing with apt\n${shown}`);
  for (const command of commands) {
    const [program, ...args] = command;
    const quiet = program === 'sudo' ? args : command;
    const { code } = await run(program ?? 'apt-get', args, { env: { DEBIAN_FRONTEND: 'noninteractive' } });
    // A failed `update` is not the end: the package lists at hand may do.
    if (code !== 0 && !quiet.includes('update')) {
      throw new StepError(`\`${command.join(' ')}\` failed with exit code ${code}; its messages are above`);
    }
  }
  const still = missingRequirements(purposes);
  if (still.length > 0) {
    throw new StepError(`still missing after the installation: ${still.map(({ what }) => what).join(', ')}`);
  }
  return missing.map(({ apt: name }) => name);
}
