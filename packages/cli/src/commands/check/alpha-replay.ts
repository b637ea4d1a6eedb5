import { learningRateAt } from '@tenas/native';
import { otherForms } from './gdas-forms.js';
import {
  type Case,
  type EdgeSlots,
  slotTable,
  slotValues,
  type TrainingFixture,
} from './training-fixture.js';
import { addTensors, batchesOf, cosine, type TrainingReplay } from './training-run.js';

type AlphaFixture = TrainingFixture<Case<'alphas'>>;

/** Tables [edges, operations] by type of cell. */
type Tables = ReadonlyMap<string, Float64Array>;

/**
 * Compares a run that learns architecture parameters: each step's loss, coefficients, gradients and alphas, and the
 * weights where they are learned as well.
 */
export async function replayAlphas({
  fixture,
  sums,
  engine,
  trainer,
  signal,
}: TrainingReplay<Case<'alphas'>>): Promise<void> {
  const { case: described, edges, network } = fixture;
  const slots = network.graph.slots.length;
  const batches = batchesOf(fixture);
  const batchesPerStep = described.weights === undefined ? 1 : 2;
  await using own = trainer(described.weights);
  const alphas = new Map([...edges.keys()].map((type) => [type, fixture.numbers(`alphas.${type}`)] as const));
  const optimiser = new Adam(described);
  const losses: number[] = [];
  const rates: number[] = [];
  const weightLosses: number[] = [];
  const norms: number[] = [];
  for (let t = 0; t < described.steps; t++) {
    const sample = sampled(fixture, alphas, t);
    const coefficients = slotValues(fixture.file, edges, slots, (type) => sample.coefficients.get(type)!);
    if (described.weights !== undefined) {
      const learningRate = learningRateAt(cosine(described.weights.rate), t, described.steps);
      const step = await own.step({ ...batches(2 * t), coefficients, learningRate, signal });
      rates.push(learningRate);
      weightLosses.push(step.loss);
      norms.push(step.gradientNorm!);
    }
    const batch = batches((t + 1) * batchesPerStep - 1);
    const asked = { ...batch, learningRate: 0, update: false, coefficientGradient: true, signal };
    // Nodes whose edges are all `none` are 0 in single precision alone, see EXECUTED.
    if (described.sampler === 'gumbel-hard' && engine === 'fast') {
      const forms = await otherForms({ fixture, trainer }, coefficients, asked);
      for (const [kind, of] of Object.entries(forms)) {
        const gradients = alphaGradients(edges, sample, of);
        for (const type of edges.keys()) addStep(fixture, sums, `${kind}.${type}`, gradients.get(type)!, t);
      }
    }
    const { loss, coefficientGradient } = await own.step({ ...asked, coefficients });
    losses.push(loss);
    const gradients = alphaGradients(edges, sample, (rows) => slotTable(rows, coefficientGradient!));
    optimiser.step(alphas, gradients);
    for (const type of edges.keys()) {
      addStep(fixture, sums, `alpha_gradients.${type}`, gradients.get(type)!, t);
      addStep(fixture, sums, `coefficients.${type}`, sample.coefficients.get(type)!, t);
      addStep(fixture, sums, `alphas.${type}`, alphas.get(type)!, t);
    }
  }
  sums.add('losses', losses, fixture.numbers('expected.losses'));
  if (described.weights !== undefined) {
    sums.add('learning_rates', rates, fixture.numbers('expected.learning_rates'));
    sums.add('weight_losses', weightLosses, fixture.numbers('expected.weight_losses'));
    sums.add('gradient_norms', norms, fixture.numbers('expected.gradient_norms'));
  }
  addTensors(fixture, sums, 'final', await own.values());
}

/** Compares one step's table with its part of `expected.<name>`; the kind is the name without the type of cell. */
function addStep(
  fixture: AlphaFixture,
  sums: TrainingReplay['sums'],
  name: string,
  table: Float64Array,
  step: number,
): void {
  const expected = fixture.numbers(`expected.${name}`);
  sums.add(name.split('.')[0]!, table, expected.subarray(step * table.length, (step + 1) * table.length));
}

/** A step's coefficients, and the probabilities that its gradients go through. */
interface Sampled {
  readonly coefficients: Tables;
  readonly probabilities: Tables;
  readonly tau: number;
}

function sampled({ case: described, edges, numbers }: AlphaFixture, alphas: Tables, step: number): Sampled {
  const coefficients = new Map<string, Float64Array>();
  const probabilities = new Map<string, Float64Array>();
  const hard = described.sampler === 'gumbel-hard';
  const tau = hard ? (described.tau?.[step] ?? 1) : 1;
  for (const [type, rows] of edges) {
    const own = alphas.get(type)!;
    const noise = hard ? numbers(`gumbel.${type}`) : undefined;
    const soft = byEdge(rows, own, (edge, first) => {
      if (noise === undefined) return softmax(edge);
      const logarithms = softmax(edge).map(Math.log);
      return softmax(logarithms.map((value, k) => (value + noise[step * own.length + first + k]!) / tau));
    });
    probabilities.set(type, soft);
    coefficients.set(type, hard ? byEdge(rows, soft, oneHot) : soft);
  }
  return { coefficients, probabilities, tau };
}

/** Applies a rule to every edge's part of a table. */
function byEdge(
  rows: readonly EdgeSlots[],
  table: Float64Array,
  rule: (edge: Float64Array, first: number) => Float64Array,
): Float64Array {
  const result = new Float64Array(table.length);
  let first = 0;
  for (const { length } of rows) {
    result.set(rule(table.subarray(first, first + length), first), first);
    first += length;
  }
  return result;
}

function softmax(values: Float64Array): Float64Array {
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

function oneHot(values: Float64Array): Float64Array {
  const best = values.indexOf(Math.max(...values));
  return values.map((_, k) => (k === best ? 1 : 0));
}

/** Gradients by the alphas: those by the coefficients, through the softmax that the sample was made with. */
function alphaGradients(
  edges: AlphaFixture['edges'],
  { probabilities, tau }: Sampled,
  byCoefficient: (rows: readonly EdgeSlots[], type: string) => Float64Array,
): Map<string, Float64Array> {
  const gradients = new Map<string, Float64Array>();
  for (const [type, rows] of edges) {
    const of = byCoefficient(rows, type);
    const through = (p: Float64Array, first: number) => {
      const mean = p.reduce((sum, value, k) => sum + value * of[first + k]!, 0);
      return p.map((value, k) => (value * (of[first + k]! - mean)) / tau);
    };
    gradients.set(type, byEdge(rows, probabilities.get(type)!, through));
  }
  return gradients;
}

/** Adam and AdamW on the alphas, as in torch.optim. */
class Adam {
  readonly #settings: Case<'alphas'>;
  readonly #moments = new Map<string, { readonly mean: Float64Array; readonly square: Float64Array }>();
  #steps = 0;

  constructor(settings: Case<'alphas'>) {
    this.#settings = settings;
  }

  /** Changes the tables in place. */
  step(alphas: Tables, gradients: Tables): void {
    const { alpha_rate: rate, betas, alpha_weight_decay: decay, optimizer } = this.#settings;
    const [beta1, beta2] = betas;
    this.#steps += 1;
    for (const [type, values] of alphas) {
      const { mean, square } = this.#momentsOf(type, values.length);
      const gradient = gradients.get(type)!;
      for (let i = 0; i < values.length; i++) {
        if (optimizer === 'adamw') values[i]! *= 1 - rate * decay;
        const g = gradient[i]! + (optimizer === 'adam' ? decay * values[i]! : 0);
        mean[i] = beta1 * mean[i]! + (1 - beta1) * g;
        square[i] = beta2 * square[i]! + (1 - beta2) * g * g;
        const size = Math.sqrt(square[i]! / (1 - beta2 ** this.#steps)) + 1e-8;
        values[i]! -= (rate * mean[i]!) / (1 - beta1 ** this.#steps) / size;
      }
    }
  }

  #momentsOf(type: string, length: number) {
    const kept = this.#moments.get(type) ?? {
      mean: new Float64Array(length),
      square: new Float64Array(length),
    };
    this.#moments.set(type, kept);
    return kept;
  }
}
