import type { ContractCheck } from '@tenas/base';
import { RandomStream } from '@tenas/base';
import { type Choices, checkChoices } from '../domain.js';
import type { Space } from '../space.js';
import { demand, demandRefusal, demandSame, type Subject, samplesOf } from './subject.js';

/** Text that no space reads, whatever it looks like. */
const NO_TEXTS = ['', ' ', '\u0000', '!', '{', 'no such architecture', 'x'.repeat(100_000), '('.repeat(5000)];

function textChecks(subject: Subject): ContractCheck[] {
  const { space } = subject;
  return [
    {
      name: 'reads what it writes, its example and its known names',
      run() {
        const texts = [space.example, ...space.knownArchitectures];
        for (const architecture of [...texts.map((text) => space.parse(text)), ...samplesOf(subject)]) {
          const text = space.format(architecture);
          demand(
            typeof text === 'string' && text.trim() !== '' && !/[\r\n]/.test(text),
            'format',
            'must write one line: files list architectures line by line',
          );
          demandSame(
            space.format(space.parse(text)),
            text,
            'parse',
            'reads another architecture than was written',
          );
        }
      },
    },
    {
      name: 'refuses text that is no architecture with a coded error',
      run() {
        for (const text of NO_TEXTS) demandRefusal(() => space.parse(text), 'parse', text);
      },
    },
    {
      name: 'draws samples that the seed alone decides',
      run() {
        const written = (count: number, seed: number) =>
          space.sample({ count, seed }).map((architecture) => space.format(architecture));
        const count = Math.min(6, space.enumeration?.size ?? 6);
        const drawn = written(count, 1);
        demand(
          drawn.length === count,
          'sample',
          `must draw as many as asked for: ${count}, not ${drawn.length}`,
        );
        demandSame(written(count, 1), drawn, 'sample', 'the same seed gives other architectures');
        demandSame(
          written(count - 1, 1),
          drawn.slice(0, -1),
          'sample',
          'the first of a larger sample are not the smaller one',
        );
        demandSame(written(0, 1), [], 'sample', 'draws some where none are asked for');
        const others = [2, 3, 4].map((seed) => written(count, seed));
        demand(
          count < 3 || others.some((other) => String(other) !== String(drawn)),
          'sample',
          'every seed gives the same architectures',
        );
      },
    },
  ];
}

/** Choices drawn without regard to what the space makes of them. */
function randomChoices({ decisions }: Space, random: RandomStream): Choices {
  return Object.fromEntries(
    decisions.map(({ name, choices }) => [name, choices[random.below(choices.length)]!]),
  );
}

function choicesChecks(subject: Subject): ContractCheck[] {
  const { space } = subject;
  return [
    {
      name: 'makes the choices of an architecture, and the architecture of its choices',
      run() {
        for (const architecture of samplesOf(subject)) {
          const made = space.choicesOf(architecture);
          const checked = checkChoices(space.decisions, made);
          const again = space.fromChoices(Object.freeze(checked));
          demandSame(
            space.format(again),
            space.format(architecture),
            'fromChoices',
            'makes another architecture of the choices of one',
          );
          demandSame(
            checkChoices(space.decisions, space.choicesOf(again)),
            checked,
            'choicesOf',
            'the choices of an architecture made of choices are others',
          );
        }
      },
    },
    {
      name: 'makes every choice into an architecture, or refuses it with a coded error',
      run() {
        const random = new RandomStream('contract choices', subject.samples);
        for (let draw = 0; draw < subject.samples; draw += 1) {
          const choices = randomChoices(space, random);
          let architecture: object;
          try {
            architecture = space.fromChoices(choices);
          } catch {
            demandRefusal(() => space.fromChoices(choices), 'fromChoices', choices);
            continue;
          }
          const text = space.format(architecture);
          demandSame(
            space.format(space.parse(text)),
            text,
            'parse',
            'reads another architecture than was chosen',
          );
        }
      },
    },
    {
      name: 'refuses choices that do not fit with a coded error',
      run() {
        const [first] = samplesOf(subject);
        const fine = space.choicesOf(first!);
        const name = space.decisions[0]!.name;
        const { [name]: _, ...missing } = fine;
        for (const wrong of [missing, { ...fine, [name]: 'no such choice' }, {}]) {
          demandRefusal(() => space.fromChoices(wrong), 'fromChoices', wrong);
        }
      },
    },
  ];
}

function enumerationChecks(subject: Subject): ContractCheck[] {
  const { space, samples } = subject;
  const { enumeration } = space;
  if (enumeration === undefined) return [];
  return [
    {
      name: 'numbers all architectures',
      run() {
        const { size } = enumeration;
        demand(Number.isSafeInteger(size) && size > 0, 'enumeration.size', 'must be a whole number above 0');
        const random = new RandomStream('contract indices', size);
        const indices = [
          0,
          size - 1,
          ...Array.from({ length: samples }, () => Math.floor(random.unit() * size)),
        ];
        const texts = new Map<string, number>();
        for (const index of indices) {
          const architecture = enumeration.at(index);
          const text = space.format(architecture);
          demandSame(
            enumeration.indexOf(space.parse(text)),
            index,
            'enumeration.indexOf',
            'the architecture at an index has another',
          );
          demand((texts.get(text) ?? index) === index, 'enumeration.at', `gives ${text} at two indices`);
          texts.set(text, index);
        }
        for (const index of [-1, size, 0.5, Number.NaN]) {
          demandRefusal(() => enumeration.at(index), 'enumeration.at', index);
        }
      },
    },
    {
      name: 'numbers what it draws',
      run() {
        for (const architecture of samplesOf(subject)) {
          const index = enumeration.indexOf(architecture);
          demandSame(
            space.format(enumeration.at(index)),
            space.format(architecture),
            'enumeration.at',
            'another architecture has the index of one that was drawn',
          );
        }
      },
    },
  ];
}

function isomorphismChecks(subject: Subject): ContractCheck[] {
  const { space } = subject;
  const { isomorphism } = space;
  if (isomorphism === undefined) return [];
  return [
    {
      name: 'represents isomorphic architectures by one of them',
      run() {
        for (const architecture of samplesOf(subject)) {
          const key = isomorphism.key(architecture);
          demand(typeof key === 'string', 'isomorphism.key', 'must be text');
          demandSame(
            isomorphism.key(space.parse(space.format(architecture))),
            key,
            'isomorphism.key',
            'changes',
          );
          const representative = isomorphism.representative(architecture);
          demandSame(
            isomorphism.key(representative),
            key,
            'isomorphism.representative',
            'has another key than what it represents',
          );
          demandSame(
            space.format(isomorphism.representative(representative)),
            space.format(representative),
            'isomorphism.representative',
            'is represented by another',
          );
        }
      },
    },
  ];
}

function skipChecks(subject: Subject): ContractCheck[] {
  const { space } = subject;
  if (space.skipSpans === undefined) return [];
  return [
    {
      name: 'counts the nodes that skip connections pass over',
      run() {
        for (const architecture of samplesOf(subject)) {
          const spans = space.skipSpans!(architecture);
          demand(
            Array.isArray(spans) && spans.every((span) => Number.isInteger(span) && span >= 0),
            'skipSpans',
            `must be a list of whole numbers of at least 0, got ${JSON.stringify(spans)}`,
          );
        }
      },
    },
  ];
}

function reachChecks(subject: Subject): ContractCheck[] {
  const { space } = subject;
  if (space.hasUnreachableOperation === undefined) return [];
  return [
    {
      name: 'says whether operations lie on no path through their cell',
      run() {
        for (const architecture of samplesOf(subject)) {
          const unreachable: unknown = space.hasUnreachableOperation!(architecture);
          demand(
            typeof unreachable === 'boolean',
            'hasUnreachableOperation',
            `must be true or false, got ${JSON.stringify(unreachable)}`,
          );
        }
      },
    },
  ];
}

/** Text, choices, samples, indices, keys, skip connections and unreachable operations of architectures. */
export function architectureChecks(subject: Subject): ContractCheck[] {
  return [
    ...textChecks(subject),
    ...choicesChecks(subject),
    ...enumerationChecks(subject),
    ...isomorphismChecks(subject),
    ...skipChecks(subject),
    ...reachChecks(subject),
  ];
}
