// Stubs of an older glibc, to link against: shared libraries with the names and versions of this machine's glibc, without
// what is newer than a floor. What is linked to them loads wherever glibc has the floor's version.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Libraries that glibc was cut into before 2.34. Their names are needed, their symbols are in the stub of libc. */
const FORMER_PARTS = ['libpthread.so.0', 'libdl.so.2', 'librt.so.1'];

/** Whether one version of glibc is newer than another. @param {string} a e.g. `2.34` @param {string} b */
export function isNewer(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let place = 0; place < 3; place++) {
    const difference = (left?.[place] ?? 0) - (right?.[place] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/**
 * @typedef {object} DynamicSymbol
 * @property {string} name
 * @property {string} version `GLIBC_2.17`; empty where it has none
 * @property {string} type FUNC, OBJECT, ...
 * @property {string} binding GLOBAL or WEAK
 * @property {boolean} defined
 * @property {number} size bytes
 */

/** The dynamic symbols of an ELF file. @param {string} readelf command @param {string} path @returns {DynamicSymbol[]} */
export function dynamicSymbols(readelf, path) {
  const text = execFileSync(readelf, ['--dyn-syms', '--wide', path], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return text.split('\n').flatMap((line) => {
    const [number, , size, type, binding, , section, full] = line.trim().split(/\s+/);
    if (!/^\d+:$/.test(number ?? '') || full === undefined) return [];
    const [name = '', version = ''] = full.split(/@+/);
    return [
      {
        name,
        version,
        type: String(type),
        binding: String(binding),
        defined: section !== 'UND',
        size: Number(size),
      },
    ];
  });
}

/**
 * The newest form of each symbol that is not newer than the floor.
 * @param {readonly DynamicSymbol[]} symbols @param {string} floor e.g. `2.28`
 */
function upTo(symbols, floor) {
  /** @type {Map<string, DynamicSymbol>} */
  const chosen = new Map();
  for (const symbol of symbols) {
    const version = symbol.version.match(/^GLIBC_(\d+(?:\.\d+)+)$/)?.[1];
    if (!symbol.defined || version === undefined || isNewer(version, floor) || symbol.type === 'TLS')
      continue;
    const found = chosen.get(symbol.name);
    if (found === undefined || isNewer(version, found.version.slice('GLIBC_'.length))) {
      chosen.set(symbol.name, symbol);
    }
  }
  return [...chosen.values()];
}

/**
 * Writes the stubs of libc, libm, the dynamic linker and glibc's former parts into a folder.
 * @param {{ prefix: string, floor: string, folder: string }} options `prefix` of the compiler's commands, e.g.
 *   `aarch64-linux-gnu-`
 */
export function writeGlibcStubs({ prefix, floor, folder }) {
  const compiler = `${prefix}gcc`;
  /** @param {string} name @returns {string} its path; the name alone where the compiler does not have it */
  const fileOf = (name) => execFileSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
  mkdirSync(folder, { recursive: true });

  /** @param {string} soname @param {readonly DynamicSymbol[]} symbols */
  const write = (soname, symbols) => {
    const versions = [...new Set(symbols.map(({ version }) => version))];
    const source = join(folder, `${soname}.s`);
    const script = join(folder, `${soname}.map`);
    const lines = symbols.flatMap(({ name, version, type, size }, place) => {
      const kind = type === 'OBJECT' ? '%object' : '%function';
      const stub = `tenas_stub_${place}`;
      return [
        `.globl ${stub}`,
        `.type ${stub}, ${kind}`,
        `.size ${stub}, ${Math.max(size, 1)}`,
        `${stub}: .zero ${Math.max(type === 'OBJECT' ? size : 1, 1)}`,
        `.symver ${stub}, ${name}@@${version}`,
      ];
    });
    writeFileSync(source, `.data\n${lines.join('\n')}\n`);
    const nodes = versions.map(
      (version, place) => `${version} {${place === 0 ? ' local: tenas_stub_*; ' : ''}};`,
    );
    writeFileSync(script, `${nodes.join('\n')}\n`);
    const scripts = versions.length > 0 ? [`-Wl,--version-script=${script}`] : [];
    const path = join(folder, soname);
    execFileSync(compiler, ['-shared', '-nostdlib', `-Wl,-soname,${soname}`, ...scripts, '-o', path, source]);
    return path;
  };

  const readelf = `${prefix}readelf`;
  const libc = fileOf('libc.so.6');
  const loader = readFileSync(fileOf('libc.so'), 'latin1').match(/ld-linux[\w.-]*/)?.[0];
  if (loader === undefined) throw new Error(`${fileOf('libc.so')} names no dynamic linker`);
  const libcStub = write('libc.so.6', upTo(dynamicSymbols(readelf, libc), floor));
  const loaderStub = write(loader, upTo(dynamicSymbols(readelf, fileOf(loader)), floor));
  const libmStub = write('libm.so.6', upTo(dynamicSymbols(readelf, fileOf('libm.so.6')), floor));
  const group = `GROUP ( ${libcStub} ${fileOf('libc_nonshared.a')} AS_NEEDED ( ${loaderStub} ) )\n`;
  writeFileSync(join(folder, 'libc.so'), group);
  writeFileSync(join(folder, 'libm.so'), `GROUP ( ${libmStub} )\n`);
  for (const soname of FORMER_PARTS) {
    const path = write(soname, []);
    writeFileSync(join(folder, soname.replace(/\.\d+$/, '')), `GROUP ( ${path} )\n`);
  }
}
