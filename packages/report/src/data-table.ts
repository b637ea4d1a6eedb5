import { plural } from '@tenas/base';
import { embeddedJson, type Html, html } from './html.js';

/** A column of a {@link dataTable}. */
export interface Column {
  readonly label: string;
  /** `number`: right-aligned, sorted by value; `category`: gets a choice above the table; `code`: monospaced. */
  readonly kind: 'text' | 'number' | 'category' | 'code';
}

/** A cell: text, or a number and how it is shown. `null`: nothing. */
export type Cell = string | { readonly value: number; readonly shown: string } | null;

/** Rows that are shown at once. */
const PAGE = 50;

/** How much wider than a number a column is, and how many numbers fit side by side on paper. */
const WIDTHS = { number: 1, category: 1, text: 2, code: 3 } as const;
const NUMBERS_ON_PAPER = 18;

/** Longest word of a heading that is not broken, and characters of the longest words of all headings on paper. */
const UNBROKEN = 14;
const HEADINGS_ON_PAPER = 100;

/** Choices above a table have at most so many entries. */
const CHOICES = 40;

function shownText(cell: Cell): string {
  return cell === null ? '–' : typeof cell === 'string' ? cell : cell.shown;
}

/** Parts of a heading between which it may be broken. */
function wordsOf(label: string): string[] {
  return label.split(/(?<=[\s_])/);
}

/** The longest word that headings side by side keep whole on paper. */
function unbrokenLength(columns: readonly Column[]): number {
  const longest = columns.map(({ label }) => Math.max(...wordsOf(label).map((word) => word.length)));
  const fits = (limit: number) =>
    longest.reduce((sum, length) => sum + Math.min(length, limit), 0) <= HEADINGS_ON_PAPER;
  let limit = UNBROKEN;
  while (limit > 1 && !fits(limit)) limit--;
  return limit;
}

/** A heading whose words are whole up to a length: narrow columns break every other text anywhere on paper. */
function heading(label: string, unbroken: number): Html {
  return html`${wordsOf(label).map((word) => {
    if (word.length > unbroken) return word;
    return html`<span class="word">${word.trimEnd()}</span>${word.endsWith('_') ? html`<wbr>` : word.slice(word.trimEnd().length)}`;
  })}`;
}

/**
 * A table that can be sorted by every column and filtered, by mouse and by keyboard. Without script the first rows stand there.
 * @param given.name unique on the page
 * @param given.caption what the rows are
 */
export function dataTable(given: {
  readonly name: string;
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}): Html {
  const { name, caption, columns, rows } = given;
  const data = {
    page: PAGE,
    kinds: columns.map(({ kind }) => kind),
    rows: rows.map((row) =>
      row.map((cell) =>
        cell === null || typeof cell === 'string' ? cell : [jsonSafe(cell.value), cell.shown],
      ),
    ),
  };
  const controls =
    rows.length > 8
      ? html`<div class="controls">
          <label>Filter <input type="search" data-filter placeholder="text in any column" autocomplete="off"></label>
          ${columns.map((column, index) => choice(column, index, rows))}
        </div>`
      : null;
  const unbroken = unbrokenLength(columns);
  // On paper, each row is a block of labelled values where the columns do not fit.
  const blocks = columns.reduce((sum, { kind }) => sum + WIDTHS[kind], 0) > NUMBERS_ON_PAPER;
  return html`<div class="data-table" data-table>
    ${controls}
    <div class="scroll" role="region" aria-label="${caption}" tabindex="0">
      <table id="${name}"${blocks ? html` class="blocks"` : null}>
        <caption>${caption}</caption>
        <thead><tr>${columns.map(
          ({ label, kind }, index) =>
            html`<th scope="col" class="${kind}"><button type="button" data-sort="${index}">${heading(label, unbroken)}<span aria-hidden="true" class="arrow"></span></button></th>`,
        )}</tr></thead>
        <tbody>${rows
          .slice(0, PAGE)
          .map(
            (row) =>
              html`<tr>${row.map((cell, index) => html`<td class="${columns[index]!.kind}"${blocks ? html` data-label="${columns[index]!.label}"` : null}>${shownText(cell)}</td>`)}</tr>`,
          )}</tbody>
      </table>
    </div>
    <div class="pager"><p role="status" aria-live="polite">${plural(rows.length, 'row')}</p>
      ${
        rows.length > PAGE
          ? html`<button type="button" data-page="-1">Previous</button><button type="button" data-page="1">Next</button>`
          : null
      }</div>
    <script type="application/json">${embeddedJson(data)}</script>
  </div>`;
}

/** JSON turns what it lacks into null; infinities sort as the largest numbers. */
function jsonSafe(value: number): number | null {
  if (Number.isNaN(value)) return null;
  return Number.isFinite(value) ? value : Math.sign(value) * Number.MAX_VALUE;
}

function choice({ kind, label }: Column, index: number, rows: readonly (readonly Cell[])[]): Html | null {
  if (kind !== 'category') return null;
  const values = [...new Set(rows.map((row) => shownText(row[index] ?? null)))].sort();
  if (values.length < 2 || values.length > CHOICES) return null;
  return html`<label>${label} <select data-choice="${index}"><option value="">all</option>${values.map(
    (value) => html`<option>${value}</option>`,
  )}</select></label>`;
}
