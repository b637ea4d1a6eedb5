import type { ContractCheck } from '@tenas/base';
import { isRecord } from '@tenas/base';
import { checkRecipe } from '../check-recipe.js';
import type { Decision } from '../domain.js';
import { isSpaceName } from '../space-name.js';
import { demand, type Subject } from './subject.js';

const METHODS = ['parse', 'format', 'choicesOf', 'fromChoices', 'network', 'costs', 'sample'];
const SUPERNET_METHODS = ['full', 'check', 'build', 'domainOf', 'architectureOf'];

function demandMethods(holder: Readonly<Record<string, unknown>>, path: string, names: readonly string[]) {
  for (const name of names) {
    demand(typeof holder[name] === 'function', `${path}${name}`, 'must be a function');
  }
}

function demandCapability(
  space: Readonly<Record<string, unknown>>,
  name: string,
  methods: readonly string[],
) {
  const capability = space[name];
  if (capability === undefined) return;
  demand(isRecord(capability), name, 'must be an object where it is there');
  demandMethods(capability, `${name}.`, methods);
}

/** Checks that the export of a file has the members of a space. */
export function isASpace(given: unknown): ContractCheck {
  return {
    name: 'is a space',
    run() {
      demand(isRecord(given), 'space', 'must be an object');
      demand(isSpaceName(given.name), 'name', 'must be lower case letters, digits and single hyphens');
      for (const field of ['title', 'paper', 'example']) {
        demand(typeof given[field] === 'string', field, 'must be text');
      }
      demand(given.title !== '' && given.example !== '', 'title, example', 'must not be empty');
      demandMethods(given, '', METHODS);
      demand(isRecord(given.sizes), 'sizes', 'must be an object with proxy and final');
      demandMethods(given.sizes, 'sizes.', ['proxy', 'final']);
      for (const size of ['deep', 'stemless']) {
        if (given.sizes[size] !== undefined) demandMethods(given.sizes, 'sizes.', [size]);
      }
      demand(Array.isArray(given.knownArchitectures), 'knownArchitectures', 'must be a list of names');
      if (given.alsoReads !== undefined)
        demand(isSpaceName(given.alsoReads), 'alsoReads', 'must be the name of a space');
      if (given.recipe !== undefined) checkRecipe(given.recipe);
      demandCapability(given, 'supernet', SUPERNET_METHODS);
      demandCapability(given, 'enumeration', ['at', 'indexOf']);
      demandCapability(given, 'isomorphism', ['key', 'representative']);
      demandCapability(given, 'progressive', ['blocks', 'architecture', 'key']);
    },
  };
}

/** Well-formed: names and choices are unique text that files can hold. */
function demandDecisions(decisions: readonly Decision[], field: string): void {
  demand(Array.isArray(decisions) && decisions.length > 0, field, 'must be a list of decisions');
  const names = decisions.map((decision) => decision.name);
  demand(new Set(names).size === names.length, field, 'two decisions have the same name');
  for (const { name, choices, group } of decisions) {
    const path = `${field}.${name}`;
    demand(isWord(name), path, 'a name is text without control characters');
    demand(Array.isArray(choices) && choices.length > 0, path, 'has no choices');
    demand(choices.every(isWord), path, 'a choice is text without control characters');
    demand(
      choices.every((choice) => !choice.includes('/')),
      path,
      'a choice has no / in it: slots end in /choice',
    );
    demand(new Set(choices).size === choices.length, path, 'two choices are the same');
    demand(group === undefined || isWord(group), path, 'a group is text');
  }
}

function isWord(text: unknown): text is string {
  return typeof text === 'string' && text !== '' && text.trim() === text && !/\p{Cc}/u.test(text);
}

/** Decisions are well-formed, and the same every time. */
export function decisionChecks({ space }: Subject): ContractCheck[] {
  const { supernet } = space;
  return [
    {
      name: 'has well-formed decisions',
      run() {
        demandDecisions(space.decisions, 'decisions');
        if (supernet !== undefined) demandDecisions(supernet.decisions, 'supernet.decisions');
      },
    },
  ];
}
