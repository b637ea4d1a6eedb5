import { type Choice, type Domain, type SpaceSupernet, withoutChoice } from '@tenas/spaces';

/** An operation that a round may prune: a choice of one of the supernet's decisions (its edges). */
export interface Candidate extends Choice {
  /** Place among all choices of all decisions of the supernet, including removed ones. */
  readonly slot: number;
}

type Decisions = Pick<SpaceSupernet, 'decisions'>;

/** Choices of all decisions of a supernet. */
export function slotCount({ decisions }: Decisions): number {
  return decisions.reduce((sum, { choices }) => sum + choices.length, 0);
}

/** Open choices of some decisions, in the order decision, choice. */
function candidatesOf(
  { decisions }: Decisions,
  active: Domain,
  wanted: (decision: string) => boolean,
): Candidate[] {
  let before = 0;
  return decisions.flatMap(({ name, choices }) => {
    const first = before;
    before += choices.length;
    if (!wanted(name)) return [];
    return active[name]!.map((choice) => ({ decision: name, choice, slot: first + choices.indexOf(choice) }));
  });
}

/** Every operation of every edge that has more than one, in the order edge, operation. */
export function operationCandidates(supernet: Decisions, active: Domain): Candidate[] {
  return candidatesOf(supernet, active, (decision) => active[decision]!.length > 1);
}

/** The inputs of one node, which compete for being kept: names of their decisions. */
export type EdgeGroup = readonly string[];

/** Node groups that have more inputs than are to be kept. */
export function edgeGroups({ edgePruning }: Pick<SpaceSupernet, 'edgePruning'>): EdgeGroup[] {
  return edgePruning === null ? [] : edgePruning.groups.filter((group) => group.length > edgePruning.keep);
}

/** The one operation of each edge of a group. */
export function edgeCandidates(supernet: Decisions, active: Domain, group: EdgeGroup): Candidate[] {
  return candidatesOf(supernet, active, (decision) => group.includes(decision));
}

/** The domain without all of these choices. */
export function withoutAll(active: Domain, pruned: readonly Choice[]): Domain {
  return pruned.reduce(withoutChoice, active);
}

/** How many architectures the open choices make: one choice for each decision. */
export function countArchitectures(active: Domain): number {
  return Object.values(active).reduce((product, open) => product * open.length, 1);
}

/** Every domain of one choice for each decision, in the order of the choices, the last decision's changing fastest. */
export function decidedDomains(active: Domain): Domain[] {
  return Object.entries(active).reduce<Domain[]>(
    (some, [decision, open]) =>
      some.flatMap((decided) => open.map((choice) => ({ ...decided, [decision]: [choice] }))),
    [{}],
  );
}

/** Open choices of all decisions together. */
export function countActive(active: Domain): number {
  return Object.values(active).reduce((sum, open) => sum + open.length, 0);
}
