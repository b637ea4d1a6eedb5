// The packages as they are published: archives of what users need, checked before anybody gets them.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { thisPlatform } from '../native/scripts/sources.mjs';
import { builtPackages, isBuilt } from './build-state.mjs';
import { runOrFail, StepError } from './steps.mjs';

/**
 * @typedef {object} Archive
 * @property {string} name of the package
 * @property {string} version
 * @property {string} path of the archive
 * @property {number} files
 * @property {number} size bytes of the archive
 * @property {number} unpackedSize bytes
 */

/** Where the source code is, for the manifests: given by who publishes. @typedef {{ repository?: string }} Origin */

/** The engine as WebAssembly in the archive of @tenas/native. */
const WASM_ENGINE = 'prebuilds/wasm32/tenas_engine.wasm';

/**
 * The manifest that is published: without what only the repository has, with where the sources are if that is known.
 * @param {Record<string, any>} manifest
 * @param {string} folder of the package, from the repository
 * @param {Origin} origin
 */
export function publishedManifest(manifest, folder, { repository }) {
  const { devDependencies: _tools, scripts: _scripts, exports, ...rest } = manifest;
  const ways = Object.entries(exports ?? {}).map(([way, target]) => {
    if (typeof target === 'string') return [way, target];
    const { 'tenas-source': _source, ...published } = target;
    return [way, published];
  });
  const sources =
    repository === undefined
      ? {}
      : {
          repository: { type: 'git', url: `git+${repository}.git`, directory: folder },
          homepage: `${repository}#readme`,
          bugs: `${repository}/issues`,
        };
  return { ...rest, ...sources, exports: Object.fromEntries(ways) };
}

/** What is wrong with the files of an archive, or null. @param {Record<string, any>} manifest @param {readonly string[]} files */
export function archiveProblem(manifest, files) {
  const targets = Object.values(manifest.exports ?? {}).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  const promised = [
    ...targets,
    ...Object.values(manifest.bin ?? {}),
    ...(manifest.man === undefined ? [] : [manifest.man]),
    'README.md',
    'LICENSE',
  ];
  const has = (/** @type {string} */ path) => files.includes(path.replace(/^\.\//, ''));
  const missing = promised.find((path) => !path.includes('*') && !has(path));
  if (missing !== undefined) return `${missing} is promised and not in the archive`;
  const stray = files.find((path) => /(^|\/)(test|node_modules|\.turbo)\/|\.map$/.test(path));
  if (stray !== undefined) return `${stray} should not be in the archive`;
  const script = ['preinstall', 'install', 'postinstall', 'prepare'].find((name) => manifest.scripts?.[name]);
  if (script !== undefined) return `it has a script ${script}; nothing may run where it is installed`;
  if (files.includes('binding.gyp')) return 'npm would compile it, as it has a binding.gyp';
  if (
    manifest.name === '@tenas/native' &&
    !files.some((path) => path.startsWith(`prebuilds/${thisPlatform()}/`))
  ) {
    return `it has no prebuilt addon for ${thisPlatform()}; make it with: npm run prebuilds --workspace @tenas/native -- ${thisPlatform()}`;
  }
  if (manifest.name === '@tenas/native' && !files.includes(WASM_ENGINE)) {
    return `it has no ${WASM_ENGINE}, which \`tenas page\` needs; make it with: npm run build:wasm`;
  }
  return null;
}

/**
 * Packs a package.
 * @param {string} root the repository @param {string} source folder of the package
 * @param {string} destination folder for the archive @param {Origin} origin
 * @returns {Promise<Archive>}
 */
async function pack(root, source, destination, origin) {
  const stage = mkdtempSync(join(tmpdir(), 'tenas-stage-'));
  try {
    const npm = ['pack', '--json', '--silent', '--ignore-scripts'];
    const listing = await runOrFail('npm', [...npm, '--dry-run'], { cwd: source, capture: true });
    for (const { path } of JSON.parse(listing.stdout)[0].files) {
      if (path.endsWith('.map')) continue;
      mkdirSync(dirname(join(stage, path)), { recursive: true });
      cpSync(join(source, path), join(stage, path));
      if (!path.startsWith('dist/') || !path.endsWith('.js')) continue;
      // The maps name sources, which stay in the repository.
      const code = readFileSync(join(stage, path), 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
      writeFileSync(join(stage, path), code);
    }
    const folder = source.slice(root.length + 1).replaceAll('\\', '/');
    const manifest = publishedManifest(
      JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')),
      folder,
      origin,
    );
    writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    const packed = await runOrFail('npm', [...npm, '--pack-destination', destination], {
      cwd: stage,
      capture: true,
    });
    const { name, version, filename, size, unpackedSize, files } = JSON.parse(packed.stdout)[0];
    const paths = files.map((/** @type {{ path: string }} */ file) => file.path);
    const problem = archiveProblem(manifest, paths);
    if (problem !== null) throw new StepError(`${name}: ${problem}`);
    return { name, version, path: join(destination, filename), files: paths.length, size, unpackedSize };
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/**
 * Packs every package of the repository that is not private; they have to be built.
 * @param {string} root @param {string} destination folder for the archives @param {Origin} [origin]
 * @returns {Promise<Archive[]>}
 */
export async function packAll(root, destination, origin = {}) {
  mkdirSync(destination, { recursive: true });
  const archives = [];
  for (const source of builtPackages(root)) {
    const { private: isPrivate } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
    if (isPrivate === true) continue;
    if (!isBuilt(source)) {
      throw new StepError(`${source} is not built; run: npm run setup`);
    }
    archives.push(await pack(root, source, destination, origin));
  }
  return archives;
}
