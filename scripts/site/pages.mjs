// Plugin of typedoc: pages of docs/ are called as their first heading, and stand in groups.
import { basename } from 'node:path';
import { Converter } from 'typedoc';
import { StepError } from '../steps.mjs';

/** The pages of each group, by file name. */
export const GROUPS = /** @type {Record<string, readonly string[]>} */ ({
  Start: ['start-photographs', 'start-sweeps', 'start-metrics', 'troubleshooting', 'glossary'],
  Use: [
    'cli',
    'data',
    'training',
    'deploy',
    'pytorch',
    'batch',
    'scale',
    'budgets',
    'own-network',
    'security',
  ],
  Understand: ['metrics', 'strategies', 'systems', 'protocols', 'spaces', 'quality', 'performance'],
  Extend: ['library', 'own-space', 'extending'],
  Project: ['architecture', 'kernels', 'cuda', 'releasing', 'reliability', 'CONTRIBUTING', 'CHANGELOG'],
});

/** @param {string} page name of a file without its ending */
function groupOf(page) {
  const found = Object.entries(GROUPS).find(([, pages]) => pages.includes(page));
  if (found === undefined)
    throw new StepError(`scripts/site/pages.mjs: ${page}.md is in no group of the site`);
  return found[0];
}

/**
 * The first line of a page, which is in several parts where it holds code.
 *
 * @param {readonly { readonly text: string }[]} content
 */
function firstLine(content) {
  const text = content.map((part) => part.text).join('');
  return text.slice(0, text.indexOf('\n'));
}

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, page) => {
    const line = firstLine(page.content);
    if (!line.startsWith('# ')) throw new StepError(`${page.name}.md does not begin with a heading`);
    page.frontmatter.group = groupOf(basename(page.name));
    page.name = line.slice('# '.length).replaceAll('`', '');
  });
}
