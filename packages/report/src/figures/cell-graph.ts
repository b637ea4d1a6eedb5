import { Graph, layout } from '@dagrejs/dagre';
import { type Figure, textWidth } from '../figure.js';
import { escapeText, Html } from '../html.js';
import { clipText } from '../number-text.js';
import { color, operationStyle } from '../palette.js';

/** Operations of one cell: those of each edge, named `to<-from`. */
export type CellOps = Readonly<Record<string, readonly string[]>>;

/** Cells of more nodes or operations than this are not drawn: they would be unreadable. */
const MOST_NODES = 32;
const MOST_WIRES = 150;

const EDGE = /^(\d{1,4})<-(\d{1,4})$/;
/** What the output of a cell with two inputs joins, where that is not all nodes. */
const JOINED = /^output<-(\d{1,4})$/;

/** Whether choices by place are a cell that can be drawn: every place is an edge, and there are not too many. */
export function isCell(cell: CellOps): boolean {
  const places = Object.keys(cell);
  const numbers = places.flatMap(
    (place) => (EDGE.exec(place) ?? JOINED.exec(place))?.slice(1).map(Number) ?? [MOST_NODES],
  );
  const wires = Object.values(cell).reduce((sum, ops) => sum + ops.length, 0);
  return places.length > 0 && wires <= MOST_WIRES && numbers.every((number) => number < MOST_NODES);
}

/**
 * Whether a cell has two inputs besides its nodes and joins nodes at its output, as in DARTS: nodes are numbered apart
 * from what they read, so that some edge goes to a node from one of the same or a higher number.
 */
export function hasTwoInputs(cell: CellOps): boolean {
  return Object.entries(cell).some(([edge, ops]) => {
    if (JOINED.test(edge)) return true;
    const [to, from] = EDGE.exec(edge)?.slice(1).map(Number) ?? [1, 0];
    return ops.length > 0 && to! <= from!;
  });
}

interface Wire {
  readonly from: string;
  readonly to: string;
  /** null: a plain connection. */
  readonly op: string | null;
}

interface CellShape {
  /** Nodes and what is written on them. */
  readonly nodes: ReadonlyMap<string, string>;
  readonly wires: readonly Wire[];
}

function wiresOf(cell: CellOps): { to: number; from: number; op: string }[] {
  return Object.entries(cell).flatMap(([edge, ops]) => {
    const match = EDGE.exec(edge);
    return match === null ? [] : ops.map((op) => ({ to: Number(match[1]), from: Number(match[2]), op }));
  });
}

/** Node 0 is the input, the last node the output. */
function simpleCell(cell: CellOps): CellShape {
  const wires = wiresOf(cell);
  const numbers = Object.keys(cell).flatMap((edge) => edge.split('<-').map(Number));
  const last = Math.max(...numbers);
  const label = (node: number) => (node === 0 ? 'input' : node === last ? 'output' : String(node));
  return {
    nodes: new Map([...new Set([0, ...numbers])].map((node) => [String(node), label(node)])),
    wires: wires.map(({ to, from, op }) => ({ from: String(from), to: String(to), op })),
  };
}

/** The outputs of the two cells before are inputs 0 and 1, and the output joins all nodes unless the cell says which. */
function twoInputCell(cell: CellOps): CellShape {
  const inputs = ['cell − 2', 'cell − 1'];
  const wires = wiresOf(cell);
  const places = Object.keys(cell);
  const count = 1 + Math.max(...places.map((edge) => Number(EDGE.exec(edge)?.[1] ?? -1)));
  const named = places.flatMap((place) => JOINED.exec(place)?.[1] ?? []).map(Number);
  const joined = named.length > 0 ? named : Array.from({ length: count }, (_, node) => node + 2);
  const nodes = new Map<string, string>(inputs.map((label, index) => [String(index), label]));
  for (let node = 0; node < count; node++) nodes.set(String(node + 2), String(node));
  nodes.set('output', 'output');
  return {
    nodes,
    wires: [
      ...wires.map(({ to, from, op }) => ({ from: String(from), to: String(to + 2), op })),
      ...joined.map((state) => ({ from: String(state), to: 'output', op: null })),
    ],
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const round = (value: number) => Math.round(value * 10) / 10;

/** A smooth line through the points that the layout gives. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  let path = `M${round(first!.x)},${round(first!.y)}`;
  for (let i = 0; i < rest.length - 1; i++) {
    const here = rest[i]!;
    const next = rest[i + 1]!;
    const middle = i === rest.length - 2 ? next : { x: (here.x + next.x) / 2, y: (here.y + next.y) / 2 };
    path += `Q${round(here.x)},${round(here.y)} ${round(middle.x)},${round(middle.y)}`;
  }
  if (rest.length === 1) path += `L${round(rest[0]!.x)},${round(rest[0]!.y)}`;
  return path;
}

function wireMarkup(
  wire: Wire,
  drawn: { points: readonly Point[]; x: number; y: number; width: number },
): string {
  const path = curve(drawn.points);
  if (wire.op === null) {
    return `<path d="${path}" fill="none" stroke="${color('grey')}" stroke-width="1.2" stroke-dasharray="2 3"/>`;
  }
  const style = operationStyle(wire.op);
  const dashes = wire.op === 'none' ? ' stroke-dasharray="1 5"' : '';
  const stroke = `stroke="${color(style.color)}"`;
  const { x, y, width } = drawn;
  const box = `<rect x="${round(x - width / 2)}" y="${round(y - 11)}" width="${round(width)}" height="22" rx="11" fill="${color('paper')}" ${stroke} stroke-width="1.6"/>`;
  const text = `<text x="${round(x)}" y="${round(y)}" dy="0.34em">${escapeText(clipText(style.label, 24))}</text>`;
  const arrow = arrowHead(drawn.points, color(style.color));
  return `<path d="${path}" fill="none" ${stroke} stroke-width="2.4"${dashes}/>${arrow}${box}${text}`;
}

function arrowHead(points: readonly Point[], fill: string): string {
  const tip = points.at(-1)!;
  const before = points.at(-2)!;
  const angle = (Math.atan2(tip.y - before.y, tip.x - before.x) * 180) / Math.PI;
  return `<path d="M0,0L-9,4.5L-9,-4.5Z" transform="translate(${round(tip.x)},${round(tip.y)}) rotate(${round(angle)})" fill="${fill}"/>`;
}

/**
 * A cell as a graph: nodes are feature maps, lines are operations.
 * @param given.title e.g. `Normal cell`
 * @param given.cell as {@link isCell} wants it
 */
export function cellGraph(given: {
  readonly name: string;
  readonly title: string;
  readonly cell: CellOps;
}): Figure {
  const { name, title, cell } = given;
  const { nodes, wires } = hasTwoInputs(cell) ? twoInputCell(cell) : simpleCell(cell);
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 26, ranksep: 30, edgesep: 16, marginx: 8, marginy: 8 });
  for (const [node, label] of nodes) {
    graph.setNode(node, { width: Math.max(34, textWidth(label) + 20), height: 34, label });
  }
  wires.forEach(({ from, to, op }, index) => {
    const width = op === null ? 0 : textWidth(clipText(operationStyle(op).label, 24)) + 22;
    graph.setEdge(
      from,
      to,
      { width, height: op === null ? 0 : 22, labelpos: 'c', minlen: op === null ? 1 : 2 },
      String(index),
    );
  });
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const lines = wires.map((wire, index) =>
    wireMarkup(wire, graph.edge({ v: wire.from, w: wire.to, name: String(index) })),
  );
  const boxes = [...nodes].map(([node, label]) => {
    const { x, y, width: wide, height: high } = graph.node(node);
    const edge = /^\d+$/.test(label) ? color('ink') : color('soft');
    return `<rect x="${round(x - wide / 2)}" y="${round(y - high / 2)}" width="${round(wide)}" height="${high}" rx="${label.length > 2 ? 8 : 17}" fill="${color('panel')}" stroke="${edge}" stroke-width="1.4"/><text x="${round(x)}" y="${round(y)}" dy="0.34em" font-weight="600">${escapeText(label)}</text>`;
  });
  return {
    name,
    title,
    description: describeCell(wires, nodes),
    width: Math.ceil(width),
    height: Math.ceil(height),
    content: new Html(lines.join('') + boxes.join('')),
  };
}

function describeCell(wires: readonly Wire[], nodes: ReadonlyMap<string, string>): string {
  const parts = wires
    .filter(({ op }) => op !== null)
    .map(({ from, to, op }) => `${operationStyle(op!).label} from ${nodes.get(from)} to ${nodes.get(to)}`);
  return `Graph of the cell: ${parts.join('; ')}.`;
}
