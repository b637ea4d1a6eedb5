import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeText, Html, wellFormed } from './html.js';
import { color, type OperationStyle, operationStyle, resolveColors, type SCHEMES } from './palette.js';

/** A picture with its words. Colours are CSS variables; {@link standaloneSvg} replaces them. */
export interface Figure {
  /** Lower case, unique on a page: `trajectory-kappa`. */
  readonly name: string;
  readonly title: string;
  /** The alternative text, for people who cannot see the figure. */
  readonly description: string;
  /** How to read it, shown under the title on the page. */
  readonly note?: string;
  readonly width: number;
  readonly height: number;
  /** Content of the `<svg>`. */
  readonly content: Html;
}

/** One entry of a legend. */
export interface LegendEntry {
  readonly label: string;
  readonly style: Pick<OperationStyle, 'color' | 'symbol'>;
  /** Outline only. */
  readonly hollow?: boolean;
}

/** Legend entries of operations, each once. */
export function operationLegend(ops: Iterable<string>): LegendEntry[] {
  return [...new Set(ops)].map((op) => ({ label: operationStyle(op).label, style: operationStyle(op) }));
}

const FONT_SIZE = 12;
/** Mean width of a character over the font size, on the safe side. */
const CHARACTER = 0.58;

/** About how wide text comes out. */
export function textWidth(text: string, size: number = FONT_SIZE): number {
  return text.length * size * CHARACTER;
}

/** Options of a plot: as Observable Plot takes them, with what makes it a {@link Figure}. */
export interface PlotFigure extends Pick<Figure, 'name' | 'title' | 'description' | 'note'> {
  readonly plot: Omit<Plot.PlotOptions, 'document' | 'className' | 'style'>;
  readonly legend?: readonly LegendEntry[];
}

/** The little of the DOM that is used of a drawing; there is no browser whose types would say the rest. */
interface DrawnElement {
  readonly attributes: Iterable<{ readonly name: string; value: string }>;
  readonly innerHTML: string;
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<DrawnElement>;
  remove(): void;
}

/** A figure drawn by Observable Plot, without a browser. */
export function plotFigure({ name, title, description, note, plot, legend = [] }: PlotFigure): Figure {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const width = plot.width ?? 480;
  const svg: unknown = Plot.plot({
    width,
    height: 300,
    ...plot,
    document: document as never,
    className: 'plot',
  });
  const drawing = svg as DrawnElement;
  for (const style of drawing.querySelectorAll('style')) style.remove();
  for (const element of drawing.querySelectorAll('*')) shortenNumbers(element);
  const height = Number(drawing.getAttribute('height'));
  const above = drawLegend(legend, width);
  return {
    name,
    title,
    description,
    ...(note === undefined ? {} : { note }),
    width,
    height: height + above.height,
    content: new Html(`${above.markup}<g transform="translate(0,${above.height})">${drawing.innerHTML}</g>`),
  };
}

/** Coordinates need no more than hundredths of a pixel. */
function shortenNumbers(element: DrawnElement): void {
  for (const attribute of [...element.attributes]) {
    if (!/\.\d{3}/.test(attribute.value) || attribute.name === 'aria-label') continue;
    attribute.value = attribute.value.replace(/-?\d+\.\d{3,}(?!\d*e)/g, (number) =>
      String(Number(Number(number).toFixed(2))),
    );
  }
}

const SHAPES: Readonly<Record<OperationStyle['symbol'], string>> = {
  circle: 'M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0Z',
  square: 'M-3.6,-3.6h7.2v7.2h-7.2Z',
  diamond: 'M0,-5.2L4.2,0L0,5.2L-4.2,0Z',
  triangle: 'M0,-4.8L4.6,3.4H-4.6Z',
  star: 'M0,-5.4L1.3,-1.7L5.1,-1.7L2,0.6L3.2,4.4L0,2.1L-3.2,4.4L-2,0.6L-5.1,-1.7L-1.3,-1.7Z',
  wye: 'M-1.6,1L-4.6,-0.8L-3,-3.4L0,-1.7L3,-3.4L4.6,-0.8L1.6,1V4.8H-1.6Z',
  cross: 'M-1.5,-4.6H1.5V-1.5H4.6V1.5H1.5V4.6H-1.5V1.5H-4.6V-1.5H-1.5Z',
  hexagon: 'M-4.6,0L-2.3,-4H2.3L4.6,0L2.3,4H-2.3Z',
};

function drawLegend(entries: readonly LegendEntry[], width: number): { markup: string; height: number } {
  if (entries.length === 0) return { markup: '', height: 0 };
  let x = 10;
  let y = 14;
  const items = entries.map(({ label, style, hollow }) => {
    const wide = 16 + textWidth(label) + 12;
    if (x + wide > width && x > 10) {
      x = 10;
      y += 20;
    }
    const at = `translate(${x},${y})`;
    x += wide;
    const fill = hollow ? 'none' : color(style.color);
    return `<g transform="${at}"><path d="${SHAPES[style.symbol]}" fill="${fill}" stroke="${color(style.color)}" stroke-width="1.4"/><text x="10" y="0.34em" text-anchor="start">${escapeText(label)}</text></g>`;
  });
  return { markup: `<g aria-hidden="true">${items.join('')}</g>`, height: y + 14 };
}

const FONTS = "system-ui, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif";

function svgElement(figure: Figure, attributes: string, head: string): string {
  const { name, title, description, width, height, content } = figure;
  const ids = `${escapeText(name)}-title ${escapeText(name)}-text`;
  return `<svg ${attributes} viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${ids}" font-family="${FONTS}" font-size="${FONT_SIZE}" fill="currentColor" text-anchor="middle"><title id="${escapeText(name)}-title">${escapeText(title)}</title><desc id="${escapeText(name)}-text">${escapeText(description)}</desc>${head}${wellFormed(content.markup)}</svg>`;
}

/** The figure as an element of a page. */
export function inlineSvg(figure: Figure): Html {
  return new Html(svgElement(figure, `class="figure-${escapeText(figure.name)}"`, ''));
}

/** The figure as an SVG file, on a background and in the colours of a scheme. */
export function standaloneSvg(figure: Figure, scheme: keyof typeof SCHEMES = 'light'): string {
  const background = `<rect width="100%" height="100%" fill="${color('paper')}"/>`;
  const attributes = `xmlns="http://www.w3.org/2000/svg" color="${color('ink')}"`;
  return resolveColors(`${svgElement(figure, attributes, background)}\n`, scheme);
}
