import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mean, writeOutputFile } from '@tenas/base';
import { getPreset, metricsOfPreset } from '@tenas/metrics';
import { csvText } from '@tenas/records';
import { benchmarksFolder } from './paths.js';
import { inChosenThird, partOf, studyPopulation } from './study-population.js';
import { choicesOf, type Recipe, type RecipeFigure, RecipeTrials } from './study-recipes.js';
import { STUDY_TABLES } from './study-tables.js';

const help = `Tries recipes: metrics whose ranks are added, on the tables and the third of NAS-Bench-201 that are for choosing.
Writes the best of them to benchmarks/quality/recipes.csv, and how \`tenas\` does on each table, on halves of them and on what
was held out to recipe-stability.csv.

  node benchmarks/dist/study-choice.js --tables DIR --out DIR [--print 10]

--tables and --out are those of study.js, which has to score first.`;

const { values: given } = parseArgs({
  options: {
    tables: { type: 'string' },
    out: { type: 'string' },
    print: { type: 'string', default: '10' },
    help: { type: 'boolean', short: 'h' },
  },
});
const { tables, out } = given;
if (given.help || tables === undefined || out === undefined) {
  console.error(help);
  process.exit(given.help ? 0 : 2);
}

/** Metrics without labels that have values on every table for choosing, and their most terms. */
const CANDIDATES = [
  ...['macs', 'vkdnw-dim', 'depth', 'naswot', 'ntk', 'regions', 'zen', 'meco', 'intrain', 'near', 'swap'],
  'az-trainability',
];
const MOST_TERMS = 5;
/** Recipes that are written. */
const WRITTEN = 1000;

const populations = STUDY_TABLES.filter(({ chosenOn }) => chosenOn !== 'none').map(
  ({ name, space, chosenOn }) => {
    const all = studyPopulation(join(out, 'scores', `${name}.csv`), join(tables, `${name}.csv`), space);
    const of = chosenOn === 'all' ? all : partOf(all, (place) => inChosenThird(all.representatives[place]!));
    return { name, of };
  },
);
for (const { name, of } of populations) console.error(`${name}: ${of.size} architectures`);

const trials = new RecipeTrials(populations);
const tried = (['rank-sum', 'log-rank'] as const).flatMap((rule) =>
  Array.from({ length: MOST_TERMS }, (_, less) => choicesOf(CANDIDATES, less + 1))
    .flat()
    .map((metrics) => {
      const recipe: Recipe = { metrics, rule, missing: 'last' };
      return { recipe, ...judged(trials.try(recipe)) };
    }),
);
tried.sort(byLeast);
const preset = getPreset('tenas');
const isTenas = ({ metrics, rule }: Recipe) =>
  rule === preset.rule && [...metrics].sort().join() === metricsOfPreset(preset).toSorted().join();

const rounded = (value: number) => Number(value.toFixed(3));
const rows = tried.slice(0, WRITTEN).map(({ recipe, figures, least, gain }) => ({
  metrics: recipe.metrics.join('+'),
  rule: recipe.rule,
  least: rounded(least),
  gain: rounded(gain),
  ...Object.fromEntries(figures.map(({ name, tau }) => [name, rounded(tau)])),
}));
const columns = Object.keys(rows[0]!) as (keyof (typeof rows)[number])[];
const file = join(benchmarksFolder, 'quality', 'recipes.csv');
await writeOutputFile(file, csvText(columns, rows), { force: true });
const place = tried.findIndex(({ recipe }) => isTenas(recipe)) + 1;
console.error(`${tried.length} recipes tried, of which ${preset.name} is number ${place}; the best: ${file}`);
console.log(csvText(columns, rows.slice(0, Number(given.print))));

// What would have been chosen without one of the tables, and what it gains there.
const leftOut = populations.map(({ name }) => {
  const [chosen] = tried
    .map(({ recipe, figures }) => ({
      recipe,
      ...judged(figures.filter((figure) => tableOf(figure) !== name)),
    }))
    .sort(byLeast);
  const there = tried
    .find(({ recipe }) => recipe === chosen!.recipe)!
    .figures.filter((figure) => tableOf(figure) === name);
  return { part: `without ${name}`, chosen: recipeText(chosen!.recipe), ...figuresOf(there) };
});

const tenas: Recipe = { metrics: metricsOfPreset(preset), rule: 'rank-sum', missing: 'last' };
const parts = STUDY_TABLES.flatMap(({ name, space, chosenOn, drawnFrom }) => {
  const file = join(out, 'scores', `${name}.csv`);
  if (!existsSync(file) || drawnFrom !== undefined) return [];
  const of = studyPopulation(file, join(tables, `${name}.csv`), space);
  const third = (place: number) => chosenOn !== 'third' || inChosenThird(of.representatives[place]!);
  const seen = { part: chosenOn === 'third' ? `${name}, the third` : name, of: partOf(of, third) };
  if (chosenOn === 'none') return [{ part: `${name}, held out`, of }];
  const halves = [0, 1].map((half) => ({
    part: `${seen.part}, half ${half + 1}`,
    of: partOf(seen.of, (place) => place % 2 === half),
  }));
  const rest = { part: `${name}, held out`, of: partOf(of, (place) => !third(place)) };
  return [seen, ...halves, ...(chosenOn === 'third' ? [rest] : [])];
});
const measured = parts.map(({ part, of }) => ({
  part,
  chosen: recipeText(tenas),
  // A metric without values, such as codes of networks without ReLUs, tells nothing.
  ...figuresOf(
    new RecipeTrials([{ name: part, of }]).try({
      ...tenas,
      metrics: tenas.metrics.filter((metric) => of.values.has(metric)),
    }),
  ),
}));
const stability = join(benchmarksFolder, 'quality', 'recipe-stability.csv');
const stabilityText = csvText(['part', 'chosen', 'tau', 'top', 'margin'], [...measured, ...leftOut], {
  raw: true,
});
await writeOutputFile(stability, stabilityText, { force: true });
console.log(stabilityText);

interface Gain {
  readonly least: number;
  readonly gain: number;
}

/** Orders the best first: the recipe whose least gain over counting, of all tables, is largest. */
function byLeast(a: Gain, b: Gain): number {
  return b.least - a.least || b.gain - a.gain;
}

function tableOf({ name }: RecipeFigure): string {
  return name.split(' ')[0]!;
}

function recipeText({ metrics, rule }: Recipe): string {
  return `${metrics.join('+')}, ${rule}`;
}

/** Figures of one table; several columns of accuracies are joined by `/`. */
function figuresOf(figures: readonly RecipeFigure[]): Record<'tau' | 'top' | 'margin', string> {
  const joined = (key: 'tau' | 'top' | 'margin') => figures.map((figure) => figure[key].toFixed(3)).join('/');
  return { tau: joined('tau'), top: joined('top'), margin: joined('margin') };
}

/** The least gain of tau over the better of parameters and multiply-adds, and the mean over tables. */
function judged(figures: readonly RecipeFigure[]): Gain & { readonly figures: typeof figures } {
  const names = [...new Set(figures.map(tableOf))];
  const gains = names.map((name) =>
    mean(figures.filter((figure) => tableOf(figure) === name).map(({ margin }) => margin)),
  );
  return { figures, least: Math.min(...figures.map(({ margin }) => margin)), gain: mean(gains) };
}
