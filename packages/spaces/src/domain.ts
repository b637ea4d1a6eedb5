import { isRecord, TenasError, wordsText } from '@tenas/base';

/** One thing that a space leaves open: an edge with its operations, or a stage with its widths. */
export interface Decision {
  /** Unique in its space and stable: records and slots use it. `/` separates parts, e.g. `cell/1<-0`. */
  readonly name: string;
  /** Unique; the first is no better than the others. A choice's place may name parameters. */
  readonly choices: readonly string[];
  /** Decisions that belong together, e.g. all of one cell. */
  readonly group?: string | undefined;
}

/** One choice for each decision: `{'cell/1<-0': 'skip_connect', ...}`. */
export type Choices = Readonly<Record<string, string>>;

/**
 * Choices still open for each decision: `{'cell/1<-0': ['skip_connect', ...], ...}`. In a supernet an edge outputs the
 * mean of its open operations; `none` gives zeros and counts in the mean; an edge without any contributes nothing.
 */
export type Domain = Readonly<Record<string, readonly string[]>>;

/** One choice of one decision. */
export interface Choice {
  readonly decision: string;
  readonly choice: string;
}

/** A domain built decision by decision; the choices come out in the decision's order, each once. */
export function mapDomain(
  decisions: readonly Decision[],
  openOf: (decision: Decision) => readonly string[],
): Domain {
  return Object.fromEntries(
    decisions.map((decision) => {
      const open = openOf(decision);
      return [decision.name, decision.choices.filter((choice) => open.includes(choice))];
    }),
  );
}

/** The domain in which every choice is open, or all but some: `fullDomain(decisions, ['none'])`. */
export function fullDomain(decisions: readonly Decision[], except: readonly string[] = []): Domain {
  return mapDomain(decisions, ({ choices }) => choices.filter((choice) => !except.includes(choice)));
}

/** The value as a record that has exactly the decisions as keys. */
function checkKeys(
  decisions: readonly Decision[],
  value: unknown,
  { code, field }: { readonly code: string; readonly field: string },
): Readonly<Record<string, unknown>> {
  const invalid = (place: string, wrong: unknown, message: string) =>
    new TenasError(code, `${place}: ${message}`, { field: place, value: wrong });
  const names = decisions.map(({ name }) => name);
  if (!isRecord(value)) throw invalid(field, value, `must be an object with ${wordsText(names)}`);
  for (const key of Object.keys(value)) {
    if (!names.includes(key)) {
      throw invalid(`${field}.${key}`, value[key], `unknown, must be one of ${wordsText(names)}`);
    }
  }
  for (const { name, choices } of decisions) {
    if (Object.hasOwn(value, name)) continue;
    throw invalid(`${field}.${name}`, undefined, `missing; its choices are ${wordsText(choices)}`);
  }
  return value;
}

function unknownChoice(code: string, field: string, { choices }: Decision, value: unknown): TenasError {
  const message = `${field}: unknown choice ${JSON.stringify(value)}, known are ${wordsText(choices)}`;
  return new TenasError(code, message, { field, value });
}

/**
 * Checks a domain that came from outside and puts the choices of each decision in the decision's order.
 *
 * @throws TenasError `DOMAIN_INVALID` naming the decision or choice that is unknown, missing or repeated.
 */
export function checkDomain(decisions: readonly Decision[], value: unknown): Domain {
  const code = 'DOMAIN_INVALID';
  const given = checkKeys(decisions, value, { code, field: 'domain' });
  return mapDomain(decisions, (decision) => {
    const field = `domain.${decision.name}`;
    const open: unknown = given[decision.name];
    if (!Array.isArray(open)) {
      throw new TenasError(code, `${field}: must be a list of choices`, { field, value: open });
    }
    for (const choice of open) {
      if (!decision.choices.includes(choice)) throw unknownChoice(code, field, decision, choice);
    }
    if (new Set(open).size < open.length) {
      throw new TenasError(code, `${field}: repeats a choice`, { field, value: open });
    }
    return open;
  });
}

/**
 * Checks choices that came from outside: every decision has one of its choices.
 *
 * @throws TenasError `CHOICES_INVALID` naming the decision that is unknown, missing or has no such choice.
 */
export function checkChoices(decisions: readonly Decision[], value: unknown): Choices {
  const code = 'CHOICES_INVALID';
  const given = checkKeys(decisions, value, { code, field: 'choices' });
  return Object.fromEntries(
    decisions.map((decision) => {
      const choice = decision.choices.find((known) => known === given[decision.name]);
      if (choice !== undefined) return [decision.name, choice];
      throw unknownChoice(code, `choices.${decision.name}`, decision, given[decision.name]);
    }),
  );
}

/**
 * The same domain without one choice.
 *
 * @throws TenasError `CHOICE_NOT_OPEN` if the choice is not open.
 */
export function withoutChoice(domain: Domain, { decision, choice }: Choice): Domain {
  const open = domain[decision];
  if (!open?.includes(choice)) {
    throw new TenasError('CHOICE_NOT_OPEN', `${choice} is not open for ${decision}`, {
      field: decision,
      value: choice,
    });
  }
  return { ...domain, [decision]: open.filter((other) => other !== choice) };
}

/** All open choices, in the order of the decisions and of their choices. */
export function openChoices(domain: Domain): Choice[] {
  return Object.entries(domain).flatMap(([decision, open]) => open.map((choice) => ({ decision, choice })));
}

/** The one choice of each decision. @throws TenasError `GENOTYPE_UNDECIDED` naming a decision that has not exactly one */
export function decidedChoices(domain: Domain): Choices {
  return Object.fromEntries(
    Object.entries(domain).map(([decision, open]) => {
      if (open.length === 1) return [decision, open[0]!];
      throw new TenasError(
        'GENOTYPE_UNDECIDED',
        `${decision} has ${open.length} open choices, an architecture needs exactly 1`,
        { field: decision, value: open },
      );
    }),
  );
}

/** A domain as records of version 1 and the reference's fixtures hold it: by cell type, then by edge. */
export type NestedDomain = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** Cell type and edge of a decision's name: what is before the first `/`, and the rest. */
export function cellAndEdge(decision: string): { readonly cell: string; readonly edge: string } {
  const slash = decision.indexOf('/');
  return { cell: decision.slice(0, Math.max(0, slash)), edge: decision.slice(slash + 1) };
}

/** A domain by cell type and edge; the inverse of {@link flatDomain}. */
export function nestedDomain(domain: Domain): NestedDomain {
  const nested: Record<string, Record<string, readonly string[]>> = {};
  for (const [decision, open] of Object.entries(domain)) {
    const { cell, edge } = cellAndEdge(decision);
    nested[cell] ??= {};
    nested[cell][edge] = open;
  }
  return nested;
}

/** A domain from one by cell type and edge: `{cell: {'1<-0': [...]}}` becomes `{'cell/1<-0': [...]}`. */
export function flatDomain(nested: NestedDomain): Domain {
  return Object.fromEntries(
    Object.entries(nested).flatMap(([cell, edges]) =>
      Object.entries(edges).map(([edge, open]) => [cell === '' ? edge : `${cell}/${edge}`, open]),
    ),
  );
}
