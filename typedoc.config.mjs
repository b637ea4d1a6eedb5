// The documentation as a site in the folder `site`: the pages of docs/ in groups, the API reference, and a search over
// both. It needs no server.
import { existsSync, readdirSync } from 'node:fs';
import { headingsWithoutCode } from './scripts/site/headings.mjs';

/** Packages with a library; `tenas` has the command alone. */
const libraries = readdirSync('packages')
  .map((name) => `packages/${name}`)
  .filter((folder) => existsSync(`${folder}/src/index.ts`));

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'tenas',
  entryPointStrategy: 'packages',
  entryPoints: ['native', ...libraries],
  packageOptions: {
    entryPoints: ['src/index.ts'],
    validation: {
      notExported: false,
      invalidLink: true,
      invalidPath: true,
      rewrittenLink: true,
      notDocumented: false,
    },
  },
  plugin: ['./scripts/site/pages.mjs'],
  readme: 'README.md',
  projectDocuments: ['docs/*.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  markdownItLoader: headingsWithoutCode,
  highlightLanguages: [
    'bash',
    'css',
    'dockerfile',
    'html',
    'javascript',
    'json',
    'jsonc',
    'python',
    'sql',
    'tsx',
    'typescript',
    'yaml',
  ],
  customCss: 'scripts/site/site.css',
  out: 'site',
  groupOrder: ['Start', 'Use', 'Understand', 'Extend', 'Project', 'Modules'],
  navigation: { includeGroups: true, includeCategories: false, includeFolders: false },
  searchInComments: true,
  searchInDocuments: true,
  searchGroupBoosts: { Start: 3, Use: 3, Understand: 2 },
  hideGenerator: true,
  includeVersion: true,
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  logLevel: 'Warn',
};
