import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Figure, inlineSvg } from './figure.js';
import { Html, html, type Part } from './html.js';
import { color, operationStyle, schemeDeclarations } from './palette.js';

/** A file of the folder `assets`. */
export function pageAsset(name: string): string {
  return readFileSync(new URL(`../assets/${name}`, import.meta.url), 'utf8');
}

/** A script of the folder `assets`, with what it imports of other files there in the place of the imports. */
export function pageScript(name: string): string {
  return pageAsset(name).replace(IMPORT, (_line, file: string) => pageScript(file).replace(/^export /gm, ''));
}

const IMPORT = /^import \{[^}]*\} from '\.\/([\w-]+\.mjs)';\n/gm;

/** The style sheet of every page, in both colour schemes. */
export function styles(): string {
  const light = schemeDeclarations('light');
  const dark = schemeDeclarations('dark');
  return `:root{color-scheme:light;${light}}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${dark}}}
:root[data-theme=dark]{color-scheme:dark;${dark}}
${pageAsset('page.css')}
@media print{:root,:root[data-theme],:root:not([data-theme=light]){color-scheme:light;${light}}}`;
}

/** The mark of tenas. */
export const LOGO = new Html(
  `<svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true"><path d="M4 13L13 4M4 13L13 22M13 4L22 13M13 22L22 13M4 13H22" stroke="${color('blue')}" stroke-width="1.6" fill="none"/><g fill="${color('blue')}"><circle cx="4" cy="13" r="3.4"/><circle cx="13" cy="4" r="3.4"/><circle cx="22" cy="13" r="3.4"/></g><circle cx="13" cy="22" r="3.4" fill="${color('orange')}"/></svg>`,
);

/** A program of a page: what it has beside what every page has. */
export interface PageProgram {
  readonly style: string;
  /** A module. */
  readonly script: string;
  /** Further sources of scripts for the page's content security policy, and further directives. */
  readonly scriptSources: string;
  readonly directives: string;
}

/** A whole page: one file, no network, nothing but its own scripts may run. */
export function page(given: {
  readonly title: string;
  readonly body: Part;
  readonly footer: Part;
  readonly program?: PageProgram | undefined;
}): string {
  const { program } = given;
  const script = pageAsset('page.mjs');
  const scripts = program === undefined ? [script] : [script, program.script];
  const hashes = scripts.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  const sources = [...hashes, ...(program === undefined ? [] : [program.scriptSources])].join(' ');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src ${sources}; base-uri 'none'; form-action 'none'${program === undefined ? '' : `; ${program.directives}`}`;
  return html`${head({ title: given.title, policy, style: styles() + (program?.style ?? '') })}
<body>
<a class="skip" href="#main">Skip to the content</a>
<div class="wrap">
<header class="masthead"><span class="brand">${LOGO} tenas</span>
<button type="button" class="button" data-theme-toggle aria-pressed="false">Dark colours</button></header>
<main id="main">${given.body}</main>
<footer>${given.footer}</footer>
</div>
<script>${new Html(script)}</script>${
    program === undefined
      ? null
      : html`
<script type="module">${new Html(program.script)}</script>`
  }
</body>
</html>
`.markup;
}

/** What the beginning of a page depends on. */
interface Head {
  readonly title: string;
  /** Its content security policy. */
  readonly policy: string;
  readonly style: string;
}

/** The beginning of a page, up to its body. @param links further lines of its head */
function head({ title, policy, style }: Head, links: Html | null = null): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
${links}<title>${title}</title>
<style>${new Html(style)}</style>
</head>`;
}

/** The beginning of a page that a server sends, up to its body. It asks for no icon. */
export function servedHead(given: Head): Html {
  return head(given, new Html('<link rel="icon" href="data:,">\n'));
}

/** A figure with its caption. */
export function figureBlock(figure: Figure, wide = false): Html {
  const broad = figure.width > 520 ? ' broad' : '';
  return html`<figure class="${wide ? 'wide' : ''}" id="figure-${figure.name}"><figcaption><strong>${figure.title}</strong>${figure.note === undefined ? null : html`<span>${figure.note}</span>`}</figcaption>
<div class="drawing${broad}"${broad === '' ? '' : new Html(' tabindex="0" role="group" aria-label="figure, scrolls sideways"')}>${inlineSvg(figure)}</div></figure>`;
}

/** Figures side by side where there is room. */
export function figureGrid(figures: readonly Figure[]): Html | null {
  return figures.length === 0
    ? null
    : html`<div class="grid">${figures.map((figure) => figureBlock(figure))}</div>`;
}

/** Large numbers with their names. */
export function tiles(entries: readonly (readonly [label: string, value: string])[]): Html {
  return html`<dl class="tiles">${entries.map(
    ([label, value]) => html`<div class="tile"><dt>${label}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
}

/** Names and values, one pair per line. */
export function facts(entries: readonly (readonly [label: string, value: Part])[]): Html {
  return html`<dl class="facts">${entries.map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>`;
}

/** An operation as a word with its colour. */
export function operationChip(op: string, cut = false): Html {
  const style = operationStyle(op);
  return html`<span class="op${cut ? ' cut' : ''}"><i style="background:${color(style.color)}"></i>${
    cut ? html`<del>${style.label}</del>` : style.label
  }</span>`;
}
