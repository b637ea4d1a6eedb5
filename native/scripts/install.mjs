// Builds the addon when the published package is installed. In the repository `npm run setup` does it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const inRepository = existsSync(`${root}ts`);
const binary = `${root}build/Release/tenas_native.node`;

if (!inRepository && !existsSync(binary)) {
  const require = createRequire(import.meta.url);
  const cmakeJs = require.resolve('cmake-js/bin/cmake-js');
  const { status } = spawnSync(process.execPath, [cmakeJs, 'compile'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(
      'Building the native addon of @tenas/native failed. It needs cmake >= 3.20, a C++20 compiler and Eigen 3.4:\n' +
        '  Debian, Ubuntu: apt-get install -y cmake g++ make libeigen3-dev\n' +
        '  macOS:          brew install cmake eigen',
    );
    process.exit(status ?? 1);
  }
}
