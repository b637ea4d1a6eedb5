import type { Domain } from '@tenas/records';
import type { Figure } from '../figure.js';
import { type CellOps, cellGraph, hasTwoInputs, isCell } from '../figures/cell-graph.js';
import { type Html, html } from '../html.js';
import { operationChip } from '../page.js';
import { partsOf } from '../prune-view.js';

/** The choices of an architecture by part of the network. */
export function groupsOf(domain: Domain): ReadonlyMap<string, CellOps> {
  const groups = new Map<string, Record<string, readonly string[]>>();
  for (const [decision, choices] of Object.entries(domain)) {
    const { group, place } = partsOf(decision);
    const own = groups.get(group) ?? {};
    own[place] = choices;
    groups.set(group, own);
  }
  return groups;
}

/** Group of the layers of a whole network, drawn as a chain. */
const NETWORK = 'network';

/** `The cell`, or `Normal cell` where a space has several. */
export function cellTitle(group: string): string {
  if (group === NETWORK) return 'The network';
  if (group === 'cell' || group === '') return 'The cell';
  const name = group === 'reduce' ? 'reduction' : group;
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)} cell`;
}

/** Suffix that distinguishes the figures of several parts; empty if there is one. */
export function groupPart(groups: Iterable<string>, group: string): string {
  return [...groups].length > 1 ? `-${group.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}` : '';
}

/** Figures and text for an architecture's choices. */
export interface ArchitectureView {
  readonly figures: readonly Figure[];
  /** The choices as a table, if there is no cell to draw. */
  readonly table: Html | null;
  /** How to read the figures; null without any. */
  readonly note: Html | null;
}

/** An architecture of which nothing is known but its text. */
export const UNKNOWN_ARCHITECTURE: ArchitectureView = { figures: [], table: null, note: null };

const MOST_ROWS = 200;

function choicesTable(domain: Domain): Html {
  const entries = Object.entries(domain);
  return html`<div class="scroll" role="region" aria-label="Choices" tabindex="0"><table><caption>What was chosen</caption>
<thead><tr><th scope="col">decision</th><th scope="col">choice</th></tr></thead>
<tbody>${entries
    .slice(0, MOST_ROWS)
    .map(
      ([decision, choices]) =>
        html`<tr><th scope="row">${decision}</th><td><span class="ops">${choices.map((choice) => operationChip(choice))}</span></td></tr>`,
    )}</tbody></table></div>${entries.length > MOST_ROWS ? html`<p class="soft">The first ${MOST_ROWS} of ${entries.length}.</p>` : null}`;
}

/** Whether an architecture's choices are edges that can be drawn. */
export function isDrawable(domain: Domain): boolean {
  return [...groupsOf(domain).values()].every(isCell);
}

/** A graph of each cell, or the choices as a table. @param ending of the titles, ` it found` */
export function architectureView(
  domain: Domain,
  name: string,
  suffix: string,
  ending: string,
): ArchitectureView {
  const groups = groupsOf(domain);
  if (groups.size === 0) return UNKNOWN_ARCHITECTURE;
  if (!isDrawable(domain)) return { figures: [], table: choicesTable(domain), note: null };
  const figures = [...groups].map(([group, cell]) =>
    cellGraph({
      name: `${name}${groupPart(groups.keys(), group)}${suffix}`,
      title: `${cellTitle(group)}${ending}`,
      cell,
    }),
  );
  const joined = [...groups.values()].some(hasTwoInputs);
  const hasCells = [...groups.keys()].some((group) => group !== NETWORK);
  const note = html`<p class="soft">${hasCells ? 'A cell is the building block that the network repeats. ' : ''}Circles are feature maps, lines are operations; what arrives at a circle is added up${joined ? ', and the output joins those with a dotted line to it' : ''}.
Edges below are named <code>to&lt;-from</code>${joined ? html`: nodes count from 0, and inputs are the two cells before (0 and 1), then the nodes (2 is node 0)` : html`; 0 is the input`}.</p>`;
  return { figures, table: null, note };
}
