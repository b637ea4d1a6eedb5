import { GenotypeSyntaxError } from '../genotype-syntax-error.js';
import {
  MOBILENET_V2_CHANNEL_STEP,
  MOBILENET_V2_EXPANSIONS,
  MOBILENET_V2_HEAD,
  MOBILENET_V2_KERNELS,
  type MobileNetV2Architecture,
  type MobileNetV2Block,
} from './architecture.js';

const WHAT = 'MobileNetV2 architecture';
const LONGEST = 10_000;
const MAX_CHANNELS = 8192;
const MAX_LAYERS = 64;
const BLOCK = 'e<expansion>k<kernel>-<bottleneck>-<channels>x<layers>';

/** Writes the structure string of ZenNAS, ZiCo and AZ-NAS, which their training code takes. */
export function formatMobileNetV2({ stem, blocks }: MobileNetV2Architecture): string {
  let last = stem;
  const written = blocks.map(({ kernel, expansion, bottleneck, channels, layers, stride }) => {
    const input = last;
    last = channels;
    return `SuperResIDWE${expansion}K${kernel}(${input},${channels},${stride},${bottleneck},${layers})`;
  });
  return [
    `SuperConvK3BNRELU(3,${stem},2,1)`,
    ...written,
    `SuperConvK1BNRELU(${last},${MOBILENET_V2_HEAD},1,1)`,
  ].join('');
}

/**
 * Reads a structure string of ZenNAS, ZiCo and AZ-NAS, `SuperConvK3BNRELU(3,24,2,1)SuperResIDWE4K3(24,32,2,32,3)...`, or
 * the same to type: `24/e4k3-32-32x3/...`, where `/` begins a block at half the resolution and `+` one at the same.
 *
 * @throws GenotypeSyntaxError (a TenasError, code `GENOTYPE_SYNTAX`) with position, token and what was expected
 */
export function parseMobileNetV2(text: string): Omit<MobileNetV2Architecture, 'space'> {
  const reader = new Reader(text);
  const architecture = text.trimStart().startsWith('Super') ? readStructure(reader) : readShort(reader);
  reader.end();
  return architecture;
}

/** Takes a text apart from left to right, blanks skipped. */
class Reader {
  #position = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text.slice(0, LONGEST + 1);
    if (text.length > LONGEST) this.fail(`at most ${LONGEST} characters`, LONGEST);
  }

  fail(expected: string, position = this.#position): never {
    const token = /^(?:\w+|\s*\S?)/.exec(this.#text.slice(position))![0].trim();
    throw new GenotypeSyntaxError({ text: this.#text, position, token, expected, what: WHAT });
  }

  /** The next token if it is one of some; undefined otherwise. */
  take(...tokens: readonly string[]): string | undefined {
    this.#skipBlanks();
    const found = tokens.find((token) => this.#text.startsWith(token, this.#position));
    this.#position += found?.length ?? 0;
    return found;
  }

  /** Demands a token. */
  need(token: string, expected = `'${token}'`): void {
    if (this.take(token) === undefined) this.fail(expected);
  }

  /** A number that satisfies a condition. */
  number(expected: string, fits: (value: number) => boolean): number {
    this.#skipBlanks();
    const [digits] = /^\d{0,6}/.exec(this.#text.slice(this.#position))!;
    const value = Number(digits);
    if (digits === '' || !fits(value)) this.fail(expected);
    this.#position += digits.length;
    return value;
  }

  oneOf(what: string, values: readonly number[]): number {
    return this.number(`${what}: one of ${values.join(', ')}`, (value) => values.includes(value));
  }

  channels(what: string): number {
    return this.number(
      `${what}: a multiple of ${MOBILENET_V2_CHANNEL_STEP} up to ${MAX_CHANNELS}`,
      (value) => value > 0 && value <= MAX_CHANNELS && value % MOBILENET_V2_CHANNEL_STEP === 0,
    );
  }

  layers(): number {
    return this.number(`layers: 1 to ${MAX_LAYERS}`, (value) => value >= 1 && value <= MAX_LAYERS);
  }

  end(): void {
    this.#skipBlanks();
    if (this.#position < this.#text.length) this.fail('the end');
  }

  #skipBlanks(): void {
    this.#position += /^\s*/.exec(this.#text.slice(this.#position))![0].length;
  }
}

function readShort(reader: Reader): Omit<MobileNetV2Architecture, 'space'> {
  const stem = reader.channels('channels of the stem');
  const blocks: MobileNetV2Block[] = [];
  for (let sign = reader.take('/', '+'); sign !== undefined; sign = reader.take('/', '+')) {
    reader.need('e', BLOCK);
    const expansion = reader.oneOf('expansion', MOBILENET_V2_EXPANSIONS);
    reader.need('k', BLOCK);
    const kernel = reader.oneOf('kernel', MOBILENET_V2_KERNELS);
    reader.need('-', BLOCK);
    const bottleneck = reader.channels('bottleneck');
    reader.need('-', BLOCK);
    const channels = reader.channels('channels');
    reader.need('x', BLOCK);
    const layers = reader.layers();
    blocks.push({ kernel, expansion, bottleneck, channels, layers, stride: sign === '/' ? 2 : 1 });
  }
  if (blocks.length === 0) reader.fail(`'/' and a block, ${BLOCK}`);
  return { stem, blocks };
}

function readStructure(reader: Reader): Omit<MobileNetV2Architecture, 'space'> {
  reader.need('SuperConvK3BNRELU(');
  reader.need('3', 'the 3 channels of an image');
  reader.need(',');
  const stem = reader.channels('channels of the stem');
  for (const part of [',', '2', ',', '1', ')']) reader.need(part);
  const blocks: MobileNetV2Block[] = [];
  let last = stem;
  const readInput = () => {
    reader.number(`${last}, the channels of the block before`, (value) => value === last);
    reader.need(',');
  };
  while (reader.take('SuperResIDWE') !== undefined) {
    const expansion = reader.oneOf('expansion', MOBILENET_V2_EXPANSIONS);
    reader.need('K');
    const kernel = reader.oneOf('kernel', MOBILENET_V2_KERNELS);
    reader.need('(');
    readInput();
    const channels = reader.channels('channels');
    reader.need(',');
    const stride = reader.oneOf('stride', [1, 2]);
    reader.need(',');
    const bottleneck = reader.channels('bottleneck');
    reader.need(',');
    const layers = reader.layers();
    reader.need(')');
    blocks.push({ kernel, expansion, bottleneck, channels, layers, stride });
    last = channels;
  }
  reader.need(
    'SuperConvK1BNRELU(',
    blocks.length === 0 ? 'SuperResIDWE' : 'SuperResIDWE or SuperConvK1BNRELU(',
  );
  if (blocks.length === 0) reader.fail('a block before it, SuperResIDWE');
  readInput();
  reader.number(`${MOBILENET_V2_HEAD} channels`, (value) => value === MOBILENET_V2_HEAD);
  for (const part of [',', '1', ',', '1', ')']) reader.need(part);
  return { stem, blocks };
}
