import { nearWords } from '@tenas/base';
import type { FieldPath, ReadYaml } from '@tenas/base/yaml';
import type { Decision } from '../domain.js';
import { fixedOperation, isOperation, OPERATIONS, type OperationName, type Scalar } from './operations.js';
import type { Block, CellBlock, CellEdge, ChoiceBlock } from './plan.js';
import type { BlockSpec, CellSpec, ChoicesSpec, OperationSpec, SequenceSpec, SpaceFile } from './schema.js';

/** Blocks that a file may come to once every reference is followed: far above any use. */
const MOST_BLOCKS = 10_000;
const MOST_DECISIONS = 1000;

/** In cells: no edge. */
const NO_EDGE = 'none';

/** Where a block stands, and what it is called. */
export interface BlockPlace {
  /** In the file, for messages. */
  readonly at: FieldPath;
  /** What the names of its decisions begin with: `stage1`. */
  readonly path: string;
  /** Group of its decisions. */
  readonly group: string;
  /** Names of the blocks and cells around it. */
  readonly inside: readonly string[];
}

/** The text of a value in an architecture. */
export function choiceText(value: Scalar): string {
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

/** Follows the references of a file and makes its open values decisions, in the order in which they come. */
export class BlockResolver {
  readonly #fail: ReadYaml<SpaceFile>['fieldError'];
  readonly #decisions = new Map<string, Decision>();
  readonly #blocks: ReadonlyMap<string, BlockSpec>;
  readonly #cells: ReadonlyMap<string, CellSpec>;
  readonly #groups = new Set<number>();
  #count = 0;

  constructor({ value, fieldError }: ReadYaml<SpaceFile>) {
    this.#fail = fieldError;
    this.#blocks = new Map(Object.entries(value.blocks ?? {}));
    this.#cells = new Map(Object.entries(value.cells ?? {}));
    for (const [section, names] of [
      ['blocks', this.#blocks],
      ['cells', this.#cells],
    ] as const) {
      for (const name of names.keys()) {
        if (isOperation(name) || name === NO_EDGE) {
          throw this.#fail([section, name], 'an operation has this name; give another');
        }
        if (section === 'cells' && this.#blocks.has(name)) {
          throw this.#fail([section, name], 'a block has this name; give another');
        }
      }
    }
  }

  /** All decisions so far. */
  get decisions(): readonly Decision[] {
    return [...this.#decisions.values()];
  }

  /** The numbers of groups that convolutions have so far. */
  get groups(): ReadonlySet<number> {
    return this.#groups;
  }

  /** Makes a decision known. A list with one value is a decision, too. */
  decide(name: string, choices: readonly string[], { at, group }: Pick<BlockPlace, 'at' | 'group'>): string {
    if (!this.#decisions.has(name)) {
      this.#decisions.set(name, { name, choices, group });
      if (this.#decisions.size > MOST_DECISIONS) {
        throw this.#fail(at, `this makes more than ${MOST_DECISIONS} decisions; leave less open`);
      }
    }
    return name;
  }

  /** The block that a specification means. */
  block(spec: BlockSpec, place: BlockPlace): Block {
    this.#countOne(place);
    if (typeof spec === 'string') return this.#named(spec, place);
    if (isChoices(spec)) return this.choice(spec.choices, `${place.path}/block`, inField(place, 'choices'));
    if (isSequence(spec)) {
      const numbered = spec.sequence.length > 1;
      const blocks = spec.sequence.map((inner, index) =>
        this.block(inner, {
          ...inField(place, 'sequence', index),
          path: numbered ? `${place.path}/${index + 1}` : place.path,
        }),
      );
      return { kind: 'sequence', blocks, skip: spec.skip ?? false };
    }
    return this.#operation(spec, place);
  }

  #named(name: string, place: BlockPlace): Block {
    if (isOperation(name)) return this.#operation({ op: name }, place);
    const { at, inside } = place;
    if (inside.includes(name)) {
      throw this.#fail(at, `${name} refers to itself: ${[...inside, name].join(' > ')}`);
    }
    const deeper = { ...place, inside: [...inside, name] };
    const block = this.#blocks.get(name);
    if (block !== undefined) return this.block(block, { ...deeper, at: ['blocks', name] });
    const cell = this.#cells.get(name);
    if (cell !== undefined) return this.#cell(name, cell, deeper);
    if (name === NO_EDGE) throw this.#fail(at, 'got "none"; only an edge of a cell may be none');
    const known = [...Object.keys(OPERATIONS), ...this.#blocks.keys(), ...this.#cells.keys()];
    const [near] = nearWords(name, known);
    const wanted =
      near === undefined ? `one of ${known.join(', ')}` : `${near}, or one of ${known.join(', ')}`;
    throw this.#fail(
      at,
      `got ${JSON.stringify(name)}, which is nothing that the file describes; give ${wanted}`,
    );
  }

  /** A choice between blocks. @param edge whether it is an edge of a cell, which may be none */
  choice(choices: ChoicesSpec, decision: string, place: BlockPlace, edge = false): ChoiceBlock {
    const named = isNames(choices)
      ? choices.map((name, index): [string, BlockSpec, number | string] => [name, name, index])
      : Object.entries(choices).map(([name, spec]): [string, BlockSpec, number | string] => [
          name,
          spec,
          name,
        ]);
    this.decide(
      decision,
      named.map(([name]) => name),
      place,
    );
    const alternatives = named.map(([name, spec, key]): [string, Block | null] => {
      if (edge && spec === NO_EDGE) return [name, null];
      const inner = { ...place, at: [...place.at, key], path: `${place.path}/${name}` };
      return [name, this.block(spec, inner)];
    });
    return { kind: 'choice', decision, alternatives: new Map(alternatives) };
  }

  /** An operation; each open field is a choice between operations. */
  #operation(spec: OperationSpec, place: BlockPlace): Block {
    const open = Object.keys(spec).find((field) => Array.isArray(spec[field]));
    const value = open === undefined ? undefined : spec[open];
    if (open === undefined || !Array.isArray(value)) return this.#fixed(spec, place);
    const values: readonly Scalar[] = value;
    const decision = this.decide(`${place.path}/${open}`, values.map(choiceText), inField(place, open));
    const alternatives = values.map((one): [string, Block] => [
      choiceText(one),
      this.#operation({ ...spec, [open]: one }, place),
    ]);
    return { kind: 'choice', decision, field: open, alternatives: new Map(alternatives) };
  }

  #countOne({ at }: BlockPlace): void {
    if (++this.#count <= MOST_BLOCKS) return;
    throw this.#fail(at, `this makes more than ${MOST_BLOCKS} blocks; repeat or leave open less`);
  }

  #fixed(spec: OperationSpec, place: BlockPlace): Block {
    this.#countOne(place);
    const values = Object.entries(spec).filter((entry): entry is [string, Scalar] => isScalar(entry[1]));
    const block = fixedOperation(nameOf(spec), Object.fromEntries(values));
    this.#groups.add(block.fields.groups);
    return block;
  }

  #cell(name: string, spec: CellSpec, place: BlockPlace): CellBlock {
    const at = ['cells', name];
    const outer = place.inside.slice(0, -1).find((one) => this.#cells.has(one));
    if (outer !== undefined) {
      throw this.#fail(
        place.at,
        `got ${JSON.stringify(name)}, a cell; the cell ${outer} is around it already`,
      );
    }
    const edges = edgesOf(spec, (index, problem) => this.#fail([...at, 'edges', index], problem));
    const nodes = Array.from({ length: spec.nodes - 1 }, (_, index) =>
      edges
        .filter(({ to }) => to === index + 1)
        .map(({ from, to }): CellEdge => {
          const edge = `${to}<-${from}`;
          const path = `${name}/${edge}`;
          const inner = { ...place, at: [...at, 'choices'], path, group: name };
          this.#countOne(inner);
          return { name: edge, from, block: this.choice(spec.choices, path, inner, true) };
        }),
    );
    const lonely = nodes.findIndex((incoming) => incoming.length === 0);
    if (lonely >= 0) throw this.#fail([...at, 'edges'], `no edge leads to node ${lonely + 1}; give one`);
    return { kind: 'cell', name, nodes, output: spec.output };
  }
}

function inField(place: BlockPlace, ...fields: FieldPath): BlockPlace {
  return { ...place, at: [...place.at, ...fields] };
}

function isChoices(spec: BlockSpec): spec is { readonly choices: ChoicesSpec } {
  return typeof spec === 'object' && 'choices' in spec;
}

function isSequence(spec: BlockSpec): spec is SequenceSpec {
  return typeof spec === 'object' && 'sequence' in spec;
}

function isNames(choices: ChoicesSpec): choices is readonly string[] {
  return Array.isArray(choices);
}

function isScalar(value: unknown): value is Scalar {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** The schema lets no other through. */
function nameOf({ op }: OperationSpec): OperationName {
  const name = String(op);
  return isOperation(name) ? name : 'identity';
}

/** The edges of a cell by node, from lower numbers to higher ones. */
function edgesOf(
  { nodes, edges }: CellSpec,
  fail: (index: number, problem: string) => Error,
): readonly { readonly to: number; readonly from: number }[] {
  if (edges === undefined) {
    return Array.from({ length: nodes }, (_, to) =>
      Array.from({ length: to }, (_, from) => ({ to, from })),
    ).flat();
  }
  const known = new Set<string>();
  const given = edges.map((edge, index) => {
    const [to = 0, from = 0] = edge.split('<-').map(Number);
    const name = `${to}<-${from}`;
    if (to >= nodes) throw fail(index, `got ${JSON.stringify(edge)}; nodes are 0 to ${nodes - 1}`);
    if (from >= to)
      throw fail(index, `got ${JSON.stringify(edge)}; an edge leads from a lower number to a higher one`);
    if (known.has(name)) throw fail(index, `${edge} is there twice`);
    known.add(name);
    return { to, from };
  });
  return given.sort((one, other) => one.to - other.to || one.from - other.from);
}
