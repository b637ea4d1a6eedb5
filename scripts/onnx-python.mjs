// The Python that has the package `onnx`, whose checker reads our models.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runQuietly, say } from './steps.mjs';

const VERSION = '1.23.1';
/** A virtual environment outside of the repository, for `onnx` alone. */
const environment = join(homedir(), '.cache', 'tenas', `onnx-${VERSION}`);
const installed = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

/** @param {string} python @returns {boolean} */
function hasOnnx(python) {
  try {
    execFileSync(python, ['-c', 'import onnx.checker'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The interpreter: the environment's, or that of the PATH; null where neither has `onnx`. @returns {string | null} */
export function onnxPython() {
  const found = existsSync(installed) && hasOnnx(installed) ? installed : 'python3';
  return found === installed || hasOnnx(found) ? found : null;
}

/** Installs `onnx` where it is missing, by pip into an environment of its own. @returns {Promise<string>} the interpreter */
export async function installOnnx() {
  const found = onnxPython();
  if (found !== null) return found;
  say(`installing onnx ${VERSION} into ${environment}`);
  await runQuietly('python3', ['-m', 'venv', environment]);
  await runQuietly(installed, ['-m', 'pip', 'install', '--quiet', `onnx==${VERSION}`]);
  return installed;
}
