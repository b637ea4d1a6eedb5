#!/usr/bin/env node
// What comes with tenas from others: the lock file is whole, every licence is allowed, no install script is new.
// `node scripts/supply-chain.mjs [--audit]`; `--audit` asks the registry for known weaknesses as well.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, repositoryRoot, runMain, StepError, say } from './steps.mjs';

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {string} [license] SPDX expression
 * @property {boolean} [dev]
 * @property {boolean} [link] a package of this repository
 * @property {boolean} [hasInstallScript]
 */

/** @typedef {Record<string, LockEntry>} LockEntries by path, such as `node_modules/zod` */

/**
 * Licences that may come along. LGPL's library is libvips, which sharp loads from a package of its own and users can
 * replace.
 */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'LGPL-3.0-or-later',
  'MIT',
  'Unlicense',
]);

/** Whether an SPDX expression can be met by allowed licences. @param {string} expression */
export function isAllowed(expression) {
  const words = expression.match(/[()]|[^\s()]+/g) ?? [];
  let place = 0;
  /** @returns {boolean} */
  const one = () => {
    const word = words[place++] ?? '';
    if (word !== '(') return ALLOWED.has(word);
    const inside = any();
    // The closing bracket.
    return words[place++] === ')' && inside;
  };
  const all = () => {
    let met = one();
    while (words[place] === 'AND') {
      place++;
      met = one() && met;
    }
    return met;
  };
  const any = () => {
    let met = all();
    while (words[place] === 'OR') {
      place++;
      met = all() || met;
    }
    return met;
  };
  const met = any();
  return met && place === words.length;
}

/** Those packages of others that are installed with tenas, sorted. @param {LockEntries} entries */
export function productionPackages(entries) {
  return Object.entries(entries)
    .filter(([path, { link, dev }]) => path.includes('node_modules/') && link !== true && dev !== true)
    .map(([path, { version = '', license = '' }]) => ({
      name: path.replace(/^.*node_modules\//, ''),
      version,
      license,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1));
}

/**
 * What is wrong with a lock file, a line each.
 * @param {LockEntries} entries
 * @param {readonly string[]} knownScripts packages whose install scripts somebody has decided on
 */
export function supplyProblems(entries, knownScripts) {
  return Object.entries(entries).flatMap(([path, entry]) => {
    const name = path.replace(/^.*node_modules\//, '');
    if (!path.includes('node_modules/')) {
      return entry.hasInstallScript === true ? [`${path}: our own packages have no install script`] : [];
    }
    if (entry.link === true) return [];
    const problems = [];
    if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(entry.integrity ?? '')) {
      problems.push(`${name}: the lock file has no SHA-512 of it`);
    }
    if (entry.dev !== true && !isAllowed(entry.license ?? '')) {
      problems.push(
        `${name}: the licence ${entry.license ?? '(none)'} is not in the list of scripts/supply-chain.mjs`,
      );
    }
    if (entry.hasInstallScript === true && !knownScripts.includes(name)) {
      problems.push(`${name} has an install script; decide on it in allowScripts of package.json`);
    }
    return problems;
  });
}

/** The lock file and the decisions about scripts of a repository. @param {string} root */
export function readSupply(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const { allowScripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return { entries: /** @type {LockEntries} */ (packages), knownScripts: Object.keys(allowScripts) };
}

/** Asks the registry for known weaknesses of what users install. @returns {string} what it said, in a line */
function audit() {
  const args = ['audit', '--omit=dev', '--audit-level=high', '--json'];
  const { stdout } = spawnSync('npm', args, { cwd: repositoryRoot, encoding: 'utf8', timeout: 60_000 });
  /** @type {{ metadata?: { vulnerabilities: Record<string, number> } }} */
  let answer = {};
  try {
    answer = JSON.parse(stdout);
  } catch {
    // No document: the registry did not answer.
  }
  if (answer.metadata === undefined) return 'audit: NOT DONE, the registry does not answer audits';
  const { high = 0, critical = 0, total = 0 } = answer.metadata.vulnerabilities;
  if (high + critical > 0) {
    throw new StepError(
      `npm audit knows ${high + critical} high or critical weaknesses; see: npm audit --omit=dev`,
    );
  }
  return `audit: ${total} known weaknesses, none high or critical`;
}

/** Checks the repository, and throws what is wrong. @param {{ audit: boolean }} options @returns {string[]} lines */
export function checkSupply(options) {
  const { entries, knownScripts } = readSupply(repositoryRoot);
  const problems = supplyProblems(entries, knownScripts);
  if (problems.length > 0) throw new StepError(problems.join('\n'));
  const packages = productionPackages(entries);
  const licences = new Set(packages.map(({ license }) => license));
  return [
    `lock file: ${Object.keys(entries).length} entries, each of another package with its SHA-512`,
    `licences: ${packages.length} packages of others, ${licences.size} licences, all allowed`,
    ...(options.audit ? [audit()] : []),
  ];
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    for (const line of checkSupply({ audit: process.argv.includes('--audit') })) say(line);
    return 0;
  });
}
