import { readdirSync, readFileSync } from 'node:fs';
import { syntheticImages } from '@tenas/data';
import { type Isa, nativeInfo } from '@tenas/native';
import { getSpace, mapDomain, requireSupernet } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import type { Protocol, SettingsOverrides } from '../../src/index.js';
import { type CompleteRecord, pruneSearch } from './pruned.js';

// Searches as version 0.1 made them (fixtures/searches-0.1), to the last bit.

interface Found {
  readonly architecture: string;
  readonly rounds: readonly {
    readonly candidates: readonly unknown[];
    readonly pruned: readonly unknown[];
  }[];
  readonly finals: readonly { readonly finalists: readonly unknown[]; readonly kept: number }[];
}

interface Fixture {
  readonly space: string;
  readonly protocol: Protocol;
  readonly seed: number;
  /** Options of the synthetic images. */
  readonly images: {
    readonly size: number;
    readonly images: number;
    readonly classes: number;
    readonly seed: number;
  };
  /** Choices that every decision starts with. */
  readonly choices: readonly string[];
  readonly settings: SettingsOverrides;
  readonly found: Readonly<Partial<Record<Isa, Found>>>;
}

const folder = new URL('../fixtures/searches-0.1/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

function fixture(name: string): Fixture {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
}

/** What a record says was measured and decided, as the fixtures hold it. */
function found({ detail: { rounds, finals }, genotype }: CompleteRecord): Found {
  return {
    architecture: genotype,
    rounds: rounds.map((round) => ({
      candidates: round.candidates.map(({ decision, choice, measured: { ntk, regions } }) => [
        decision,
        choice,
        ntk!.origin,
        ntk!.candidate,
        regions!.origin,
        regions!.candidate,
      ]),
      pruned:
        round.kind === 'operations'
          ? round.decisions.map(({ decision, pruned }) => [decision, ...pruned])
          : round.decision.pruned.map(({ decision, choice }) => [decision, choice]),
    })),
    finals: (finals?.stages ?? []).map(({ finalists, kept }) => ({
      finalists: finalists.map(({ architecture, measured: { ntk, regions } }) => [
        architecture,
        ntk!.repeats,
        regions!.repeats,
      ]),
      kept,
    })),
  };
}

/** The search by the name that means the same for ever: `fast` of then is `te-nas-finals`. */
function lasting(earlier: Fixture): Fixture {
  return earlier.protocol === 'fast' ? { ...earlier, protocol: 'te-nas-finals' } : earlier;
}

async function searchAgain({ space: name, protocol, seed, images, choices, settings }: Fixture, isa: Isa) {
  const space = getSpace(name);
  const { decisions } = requireSupernet(space, 'the test');
  const active = mapDomain(decisions, () => choices);
  return pruneSearch({ space, source: syntheticImages(images), protocol, seed, settings, active, isa });
}

const isas = nativeInfo().availableIsas;

describe.each(names)('the search %s of version 0.1', (name) => {
  const earlier = lasting(fixture(name));
  const known = isas.filter((isa) => earlier.found[isa] !== undefined);

  it.each(known)('has the same kappa, regions and decisions on %s', async (isa) => {
    const record = await searchAgain(earlier, isa);
    expect(record.versions.engine.isa).toBe(isa);
    expect(JSON.parse(JSON.stringify(found(record)))).toEqual(earlier.found[isa]);
  });

  // Kernel sets round differently, and on other processors there is none of these.
  if (known.length === 0) it('is of x86-64 only', () => expect(isas).toEqual(['neon']));
});
