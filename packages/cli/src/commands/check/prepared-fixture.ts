import { TenasError } from '@tenas/base';
import { type Graph, liveNodes, nodeParams, packWeights } from '@tenas/graph';
import { type AnswerOf, type Device, Program, type Repeat, type Task } from '@tenas/native';
import type { Fixture } from './fixture-file.js';
import { fixtureNetwork } from './fixture-network.js';
import type { FixtureNetwork } from './metric-replay.js';

/** Settings of `replayFixture`. */
export interface ReplayOptions {
  readonly engine?: 'fast' | 'reference' | undefined;
  /** Default: all of the machine's. */
  readonly threads?: number | undefined;
  /** Default `auto`. */
  readonly device?: Device | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A fixture and its network, ready to be asked. */
export interface PreparedFixture {
  readonly file: string;
  readonly fixture: Fixture;
  readonly network: FixtureNetwork;
  /** The answer to a task on the fixture's input. */
  readonly ask: <T extends Task>(task: T, batchSize: number) => Promise<AnswerOf<T>>;
}

/** Builds the network of a fixture. @throws TenasError naming the file where the parameters do not fit it */
export function prepareFixture(file: string, fixture: Fixture, options: ReplayOptions): PreparedFixture {
  const { graph, coefficients } = named(file, () => fixtureNetwork(fixture.case, fixture.input.shape));
  const data = named(file, () => parameterValues(fixture, graph, coefficients));
  const program = Program.compile(graph);
  const repeat: Repeat = { inputs: fixture.input.data, weights: { kind: 'explicit', data } };
  const ask = async <T extends Task>(task: T, batchSize: number): Promise<AnswerOf<T>> => {
    const { evaluations } = await program.evaluate<readonly [T]>({
      tasks: [task],
      batchSize,
      repeats: [repeat],
      candidates: [coefficients],
      ...options,
    });
    return evaluations[0]![0];
  };
  return { file, fixture, network: { graph, coefficients, program, parameters: data }, ask };
}

/** Puts the file's name in front of errors about its content. */
function named<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TenasError)) throw error;
    const details = { field: error.field ?? 'file', value: error.value, cause: error };
    throw new TenasError(error.code, `${file}: ${error.message}`, details);
  }
}

/** Fixtures hold only the parameters that are used: those that execute have to be there. */
function parameterValues(fixture: Fixture, graph: Graph, coefficients: Float64Array): Float32Array {
  const packed = packWeights(graph, fixture.parameters, { allowMissing: true });
  const live = liveNodes(graph, coefficients);
  const missing = new Set(packed.missing);
  for (const node of graph.nodes) {
    if (!live[node.id]) continue;
    for (const id of nodeParams(node)) {
      const { name, kind } = graph.params[id]!;
      // The statistics of the batch are used, never the running ones.
      if (kind === 'bnRunningMean' || kind === 'bnRunningVar' || !missing.has(name)) continue;
      throw new TenasError('FIXTURE_INVALID', `has no parameter ${name}, which its network uses`, {
        field: name,
      });
    }
  }
  return packed.data;
}
