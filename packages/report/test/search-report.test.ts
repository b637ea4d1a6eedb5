import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { createReport, parseResult, type Result } from '../src/index.js';
import { madeExport, madeOwnRecord, madeRecord, madeScore, SCORES } from './support/made-results.js';

function result(document: unknown, file = 'result.json'): Result {
  return parseResult(JSON.stringify(document), file);
}

function textOf(html: string): string {
  return parseHTML(html).document.querySelector('main')!.textContent!.replace(/\s+/g, ' ');
}

describe('the report of a search', () => {
  it('tells what was found, decided and measured', async () => {
    const record = await madeRecord({ space: 'nas-bench-201' });
    const genotype = record.genotype!;
    const { html, figures, title } = createReport(
      [result({ ...record, scores: SCORES }), result(madeExport(genotype))],
      { linkTo: (path) => path, spaceTitle: (name) => name.toUpperCase() },
    );
    const text = textOf(html);
    expect(title).toBe('Search on NAS-BENCH-201, seed 1');
    expect(text).toContain(genotype);
    expect(text).toContain('1.32 M');
    expect(text).toContain('onnxruntime 1.30.0 agrees');
    expect(text).toContain('Round 1: 6 of 24 candidates cut');
    expect(text).toContain('Round 3: 6 of 12 candidates cut');
    expect(text).toContain('Lower is better');
    expect(figures.map(({ name }) => name)).toEqual([
      'cell',
      'elimination',
      'trajectory-ntk',
      'trajectory-regions',
      'round-1-ranks',
      'round-1-changes',
      'round-2-ranks',
      'round-2-changes',
      'round-3-ranks',
      'round-3-changes',
      'time',
    ]);
    const { document } = parseHTML(html);
    expect([...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))).toContain(
      './nets/found%20net.onnx',
    );
  });

  it('tells of the finals', async () => {
    const record = await madeRecord({ space: 'nas-bench-201', finals: true });
    const { finals } = record.detail;
    const { html, figures } = createReport([result({ ...record, scores: SCORES })]);
    const text = textOf(html);
    expect(text).toContain(`1 round of pruning left ${finals!.distinct} architectures`);
    expect(text).toContain(`${finals!.distinct} → 64, 64 → 16, 16 → 1`);
    const names = figures.map(({ name }) => name);
    expect(names.slice(-4)).toEqual(['finals-1', 'finals-2', 'finals-3', 'time']);
    expect(figures.at(-1)!.description).toMatch(/^κ [^;]+; R [^;]+; all else [^;]+; round 1: .+; finals 3: /);
    const { metricSeconds: _apart, ...step } = record.steps[0]!;
    const older = createReport([
      result({ ...record, steps: [step, ...record.steps.slice(1)], scores: SCORES }),
    ]);
    expect(older.figures.at(-1)!.description).toMatch(/^round 1: /);
    // The cell that is drawn, and the map of what was kept, are those of the winner.
    const { document } = parseHTML(html);
    const operations = document.querySelector('#figure-elimination')!.textContent!;
    expect(operations.match(/kept/g)).toHaveLength(6);
    const rows = [...document.querySelectorAll('main table')]
      .find((table) => table.textContent!.includes('of the last stage'))!
      .querySelectorAll('tbody tr');
    expect([...rows].map((row) => row.querySelector('.code')!.textContent)).toEqual(
      finals!.stages
        .at(-1)!
        .finalists.slice(0, 10)
        .map(({ architecture }) => architecture),
    );
    expect(rows[0]!.textContent).toContain(record.genotype);
  });

  it('tells of a final ranking without rounds by what it ranks by', async () => {
    const record = await madeRecord({ space: 'nas-bench-201', finals: true, protocol: 'fast' });
    const { html, figures } = createReport([result({ ...record, scores: SCORES })]);
    const text = textOf(html);
    expect(text).toContain('the search scored 2,881 architectures, each by itself, and found the best');
    expect(text).toMatch(/ranked by zen and\s+by R/);
    expect(text).not.toContain('Round by round');
    expect(text).not.toContain('Pruning: start with everything');
    expect(figures.map(({ name }) => name)).toEqual(['cell', 'finals-1', 'finals-2', 'finals-3', 'time']);
    expect(figures[1]!.title).toBe('Stage 1 of the final ranking: 2,881 architectures');
    const { document } = parseHTML(html);
    const heads = [...document.querySelectorAll('main table')]
      .find((table) => table.textContent!.includes('of the last stage'))!
      .querySelectorAll('thead th');
    expect([...heads].map((head) => head.textContent)).toEqual(
      'zen,rank by zen,R,rank by R,rank sum,architecture'.split(','),
    );
  });

  it.each([
    ['te-nas-finals', 2, 'adds the ranks, that by R times 2;'],
    ['fast', 1, 'adds the ranks; equal values'],
  ] as const)('adds up the ranks of %s as they are shown', async (protocol, weight, words) => {
    const record = await madeRecord({ space: 'nas-bench-201', finals: true, protocol });
    const { document } = parseHTML(createReport([result({ ...record, scores: SCORES })]).html);
    const table = [...document.querySelectorAll('main table')].find((each) =>
      each.textContent!.includes('of the last stage'),
    )!;
    expect(table.querySelector('caption')!.textContent).toBe('The best 10 architectures of the last stage');
    const about = table.closest('.scroll')!.previousElementSibling!.textContent;
    expect(about).toContain(words);
    expect(about).toContain('other batches and repeats');
    const rows = [...table.querySelectorAll('tbody tr')].map((row) =>
      [...row.querySelectorAll('.number')].map((cell) => Number(cell.textContent!.replaceAll(',', ''))),
    );
    expect(rows).toHaveLength(10);
    for (const [, first, , second, sum] of rows) expect(sum).toBe(first! + weight * second!);
    expect(Math.min(...rows.flatMap(([, first, , second]) => [first!, second!]))).toBeGreaterThanOrEqual(1);
  });

  it('shows the decisions that the record holds', async () => {
    const record = await madeRecord({ space: 'nas-bench-201', seed: 5 });
    const { html } = createReport([result(record)]);
    const { document } = parseHTML(html);
    const elimination = document.querySelector('.figure-elimination')!;
    const fates = [...elimination.querySelectorAll('text')].map((text) => text.textContent);
    const cutIn = (round: number) => fates.filter((fate) => fate === String(round)).length;
    expect([cutIn(1), cutIn(2), cutIn(3)]).toEqual([6, 6, 6]);
    expect(fates.filter((fate) => fate === 'kept')).toHaveLength(6);

    const firstRound = record.detail.rounds[0]!;
    if (firstRound.kind !== 'operations') throw new Error('the first round prunes operations');
    const rows = [...document.querySelector('details')!.querySelectorAll('tbody tr')].slice(0, 6);
    const shown = rows.map((row) => [
      row.querySelector('th')!.textContent,
      row.querySelectorAll('del').length,
      Number.parseInt(row.querySelector('.number')!.textContent!, 10),
      /tie|close/.exec(row.querySelector('.number')!.textContent!)?.[0] ?? 'clear',
    ]);
    const limit = 0.05 * 2 * (firstRound.candidates.length - 1);
    expect(shown).toEqual(
      firstRound.decisions.map(({ decision, margin, pruned }) => [
        decision.replace('cell/', ''),
        pruned.length,
        margin,
        margin === 0 ? 'tie' : margin <= limit ? 'close' : 'clear',
      ]),
    );
  });

  it('draws the found cell as the genotype says', async () => {
    const record = await madeRecord({ space: 'nas-bench-201', seed: 3 });
    const { figures } = createReport([result(record)]);
    const cell = figures.find(({ name }) => name === 'cell')!;
    const words: Record<string, string> = {
      skip_connect: 'skip',
      nor_conv_1x1: 'conv 1×1',
      nor_conv_3x3: 'conv 3×3',
      avg_pool_3x3: 'avg pool',
    };
    const nodes = ['input', '1', '2', 'output'];
    const expected = record.genotype!.split('+').flatMap((node, index) =>
      node
        .split('|')
        .filter(Boolean)
        .map((part) => {
          const [op, from] = part.split('~') as [string, string];
          return `${words[op]} from ${nodes[Number(from)]} to ${nodes[index + 1]}`;
        }),
    );
    expect(cell.description).toBe(`Graph of the cell: ${expected.join('; ')}.`);
  });

  it('draws both cells of DARTS and the rounds that prune edges', async () => {
    const record = await madeRecord({ space: 'darts' });
    const { html, figures } = createReport([result(record)]);
    const names = figures.map(({ name }) => name);
    expect(names).toContain('cell-normal');
    expect(names).toContain('cell-reduce');
    const cell = figures.find(({ name }) => name === 'cell-normal')!;
    expect(cell.description.split(';')).toHaveLength(8);
    expect(textOf(html)).toContain('which inputs a node of the reduce cell keeps');
  });

  it('shows what an interrupted search had measured', async () => {
    const record = await madeRecord({ space: 'nas-bench-201', stopIn: 2 });
    expect(record.status).toBe('interrupted');
    const { html, figures } = createReport([result(record)]);
    expect(textOf(html)).toContain('Stopped after');
    expect(figures.map(({ name }) => name)).not.toContain('cell');
    const fates = [...parseHTML(html).document.querySelectorAll('.figure-elimination text')];
    expect(fates.filter(({ textContent }) => textContent === 'open')).toHaveLength(18);
  });

  it('shows a search that was stopped before anything was measured', async () => {
    const record = await madeRecord({ space: 'nas-bench-201', stopIn: 1 });
    expect(record.detail.rounds).toHaveLength(0);
    expect(textOf(createReport([result(record)]).html)).toContain('Interrupted');
  });

  it('counts kernels without a condition number and leaves out what has no place in a plot', async () => {
    const record = await madeRecord({ space: 'nas-bench-201', failEvery: 12 });
    const { zero } = record.failures.ntk!;
    expect(zero).toBeGreaterThan(0);
    const { html } = createReport([result(record)]);
    expect(textOf(html)).toContain(`${zero} zero (κ)`);
    expect(html).not.toMatch(/NaN|undefined/);
  });

  it('gives figures of several searches names of their own', async () => {
    const records = await Promise.all([1, 2].map((seed) => madeRecord({ space: 'nas-bench-201', seed })));
    const { figures, html } = createReport(records.map((record) => result(record)));
    const names = figures.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const ids = [...parseHTML(html).document.querySelectorAll('[id]')].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the report of a search that learns a policy', () => {
  const state = (drawn: number, chances: readonly number[]) => ({
    drawn,
    entropy: drawn === 25 ? 1.09 : 0.4,
    baseline: -0.7,
    probabilities: [chances, [0.5, 0.5]],
  });
  const detail = {
    decisions: [
      { name: 'cell/1<-0', choices: ['skip_connect', 'nor_conv_3x3', 'none'] },
      { name: 'cell/2<-0', choices: ['none', 'avg_pool_3x3'] },
    ],
    states: [state(25, [0.4, 0.3, 0.3]), state(50, [0.1, 0.85, 0.05])],
  };

  it('shows what the policy came to prefer, and how undecided it was', () => {
    const { html, figures } = createReport([result({ ...madeOwnRecord(4), detail })], {
      choicesOf: () => ({ stage0: ['64'] }),
    });
    expect(figures.map(({ name }) => name)).toEqual([
      ...['best-edge_score', 'best-macs', 'policy', 'policy-entropy', 'time'],
    ]);
    const [map, entropy] = figures.slice(2);
    expect(map!.description).toContain('1<-0 conv 3×3 0.85');
    expect(map!.content.markup).toMatch(/conv 3×3 0\.85/);
    expect(entropy!.description).toContain('1.09 after 25 draws, 0.4 after 50');
    expect(textOf(html)).toContain('The policy in the end');
  });

  it.each([
    ['other choices', { ...detail, decisions: detail.decisions.slice(1) }],
    ['probabilities above 1', { ...detail, states: [state(25, [2, 0, 0])] }],
    ['no states', { ...detail, states: [] }],
  ])('leaves out a policy with %s', (_, wrong) => {
    const { figures } = createReport([result({ ...madeOwnRecord(4), detail: wrong })]);
    expect(figures.map(({ name }) => name)).not.toContain('policy');
  });
});

describe('the report of a search by agents', () => {
  const state = (drawn: number, regret: number) => ({
    drawn,
    entropy: 1 / drawn,
    loss: 0.25,
    regret,
    probabilities: [[0.25, 0.75]],
  });
  const detail = {
    loss: 'validation',
    decisions: [{ name: 'cell/1<-0', choices: ['skip_connect', 'nor_conv_3x3'] }],
    states: [state(25, 10), state(50, 15)],
    finalists: [{ architecture: 'first one', accuracy: 0.4567, loss: 1.5 }],
    answers: { policy: 'the policy’s', best: 'first one' },
  };

  it('shows regret and policy, both answers, and what was compared', () => {
    const { html, figures } = createReport([result({ ...madeOwnRecord(4), detail })]);
    expect(figures.map(({ name }) => name)).toEqual([
      ...['best-edge_score', 'best-macs', 'regret', 'policy', 'policy-entropy', 'time'],
    ]);
    expect(figures[2]!.description).toContain('10 after 25 rounds, 15 after 50');
    const text = textOf(html);
    expect(text).toContain('The choices that they prefer: the policy’s.');
    expect(text).toContain('compared under the trained weights: first one.');
    expect(html).toContain('45.7');
    expect(html).not.toMatch(/NaN|undefined/);
  });

  it('says where there is no answer yet', () => {
    const stopped = {
      ...{ ...detail, loss: 'metrics', states: [], finalists: [] },
      answers: { policy: null, best: null },
    };
    const { html, figures } = createReport([result({ ...madeOwnRecord(4), detail: stopped })]);
    expect(figures.map(({ name }) => name)).not.toContain('regret');
    expect(textOf(html)).toContain('The best network that they drew: none.');
  });

  it.each([
    ['an unknown field', { ...detail, more: 1 }],
    ['a loss above 1', { ...detail, states: [{ ...state(25, 10), loss: 2 }] }],
  ])('leaves out agents with %s', (_, wrong) => {
    const { figures } = createReport([result({ ...madeOwnRecord(4), detail: wrong })]);
    expect(figures.map(({ name }) => name)).not.toContain('regret');
  });
});

describe('the report of a search by gradient', () => {
  const state = (epoch: number, validationLoss: number | null, chances: readonly number[]) => ({
    epoch,
    tau: 10 / epoch,
    entropy: epoch === 1 ? 1.09 : 0.4,
    trainLoss: 2.3 / epoch,
    validationLoss,
    validationAccuracy: validationLoss === null ? null : 0.3,
    parameterFree: 3 - epoch,
    architecture: '|nor_conv_3x3~0|',
    probabilities: [chances],
  });
  const detail = {
    decisions: [{ name: 'cell/1<-0', choices: ['skip_connect', 'nor_conv_3x3', 'none'] }],
    images: { training: 100, validation: 100 },
    steps: 12,
    states: [state(1, null, [0.4, 0.3, 0.3]), state(2, 1.8, [0.1, 0.85, 0.05])],
  };

  it('shows the choices over the epochs, the losses of the supernet, and whether it collapses', () => {
    const { html, figures } = createReport([result({ ...madeOwnRecord(4), detail })], {
      choicesOf: () => ({ stage0: ['64'] }),
    });
    const names = ['policy', 'policy-entropy', 'search-losses', 'without-weights'];
    expect(figures.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    const [map, entropy, losses, weights] = names.map(
      (name) => figures.find((figure) => figure.name === name)!,
    );
    expect(map!.description).toContain('1<-0 conv 3×3 0.85');
    expect(map!.content.markup).toContain('epochs');
    expect(entropy!.description).toContain('1.09 after 1 epoch, 0.4 after 2');
    expect(losses!.description).toContain('weights: 2.3 after epoch 1, 1.15 after epoch 2');
    expect(losses!.description).toContain('architecture: 1.8 after epoch 2');
    expect(weights!.description).toContain('2 after epoch 1, 1 after epoch 2');
    expect(textOf(html)).toContain('The policy in the end');
  });

  it('shows the losses of each round of finalists that were trained on', () => {
    const rounds = [[1.5, 0.75], [1.25, 0.875], [1.75]].map((losses) =>
      losses.map((loss) => ({ loss, accuracy: 0.5 })),
    );
    const finalists = rounds.map((own, place) => ({
      ...{ architecture: `|nor_conv_3x3~${place}|`, accuracy: 0.5, loss: own.at(-1)!.loss },
      ...{ logProbability: -2 - place, rounds: own },
    }));
    const finetuning = {
      judge: 'training-loss' as const,
      rounds: [
        { finalists: 3, steps: 40 },
        { finalists: 2, steps: 1 },
      ],
    };
    const { html, figures } = createReport([
      result({ ...madeOwnRecord(4), detail: { ...detail, finetuning, finalists } }),
    ]);
    const text = textOf(html);
    expect(text).toContain('by their training loss');
    expect(text).toContain('loss of round 1, 40 steps');
    expect(text).toContain('loss of round 2, 1 step');
    for (const loss of ['1.500', '0.750', '1.250', '0.875', '1.750']) expect(text).toContain(loss);
    const scatter = figures.find(({ name }) => name === 'finalist-scatter')!;
    expect(scatter.description).toContain('in the first of 2 rounds of training, 1.250 or more');
    expect(scatter.description).toContain('that of the best one is -2.00');
  });

  it('shows the finalists that it compared beside their probabilities', () => {
    const finalists = [0.61, 0.6, 0.42].map((accuracy, place) => ({
      ...{ architecture: `|nor_conv_3x3~${place}|`, accuracy, loss: 1.25 - accuracy },
      logProbability: -2.5 - (place === 2 ? 0 : place),
    }));
    const { html, figures } = createReport([
      result({ ...madeOwnRecord(4), detail: { ...detail, finalists } }),
    ]);
    const scatter = figures.find(({ name }) => name === 'finalist-scatter')!;
    expect(scatter.description).toContain('3 architectures');
    expect(scatter.description).toContain('0.640 or more');
    expect(scatter.description).toContain('up to -2.50; that of the best one is -2.50');
    expect(scatter.content.markup.match(/<circle /g)).toHaveLength(3);
    expect(textOf(html)).toContain('ln of the probability');
    expect(textOf(html)).toContain('|nor_conv_3x3~2|');
    const without = createReport([result({ ...madeOwnRecord(4), detail })]);
    expect(without.figures.map(({ name }) => name)).not.toContain('finalist-scatter');
    expect(textOf(without.html)).not.toContain('ln of the probability');
  });

  it.each([
    ['a supernet that was trained', { detail }, false],
    ['a shortlist', { settings: { shortlist: 8 } }, false],
    ['no training', {}, true],
  ])('says whether anything was trained: %s', (_, given, without) => {
    const { html } = createReport([result({ ...madeOwnRecord(4), ...given })]);
    expect(textOf(html).includes('without training anything')).toBe(without);
  });

  it('leaves out what is no such detail', () => {
    const wrong = { ...detail, states: [{ ...detail.states[0]!, probabilities: [[1]] }] };
    const { figures } = createReport([result({ ...madeOwnRecord(4), detail: wrong })]);
    expect(figures.map(({ name }) => name)).not.toContain('policy');
  });
});

describe('the report of a search by stages within a bound', () => {
  const candidate = (architecture: string, cost: number, accuracy: number) => ({
    architecture,
    cost,
    accuracy,
  });
  const detail = {
    bound: 3.5,
    unit: 'ms',
    latency: { file: 'laptop.json', device: 'laptop' },
    layers: [
      {
        decision: 'layer0',
        operators: [{ choice: 'wide', score: 0.5, params: 100, macs: 2000, cost: 0.25, kept: true }],
      },
    ],
    stages: [
      {
        ...{ name: 'late', searched: ['layer0'], loss: 1.5 },
        candidates: [
          candidate('best one', 3, 0.6),
          candidate('cheap one', 1, 0.5),
          candidate('bad one', 2, 0.4),
        ],
      },
      { name: 'early', searched: ['layer1'], loss: 1.5, candidates: [candidate('best one', 3, 0.625)] },
    ],
  };

  it('shows accuracy against latency for each stage, the front and the operators', () => {
    const { html, figures } = createReport([result({ ...madeOwnRecord(4), detail })]);
    expect(figures.map(({ name }) => name)).toEqual([
      ...['best-edge_score', 'best-macs', 'front-late', 'front-early', 'time'],
    ]);
    expect(figures[2]!.description).toBe(
      '3 candidates within 3.5 ms; 2 candidates on the front. The best has an accuracy of 60 % at 3 ms.',
    );
    const text = textOf(html);
    expect(text).toContain('At most 3.5 ms, predicted for laptop by laptop.json.');
    expect(text).toContain('Stage late: 1 layer, 3 candidates.');
    expect(text).toContain('Operators of each layer');
    expect(html).toContain('62.5');
    expect(html).not.toMatch(/NaN|undefined/);
  });

  it.each([
    ['an unknown field', { ...detail, more: 1 }],
    ['an unknown stage', { ...detail, stages: [{ ...detail.stages[0], name: 'middle' }] }],
  ])('leaves out stages with %s', (_, wrong) => {
    const { figures } = createReport([result({ ...madeOwnRecord(4), detail: wrong })]);
    expect(figures.map(({ name }) => name)).not.toContain('front-late');
  });
});

describe('the report of a search by a strategy of somebody else', () => {
  it('tells what every search has: the best so far, scores, time and settings', () => {
    const record = madeOwnRecord(12);
    const { html, figures, title } = createReport([result(record)], {
      choicesOf: () => ({ stage0: ['64'], stage1: ['8'] }),
    });
    const text = textOf(html);
    expect(title).toBe('Search on widths, seed 4');
    expect(text).toContain('Strategy my-random, seed 4');
    expect(text).toContain('12 steps and 12 evaluations found one architecture');
    expect(text).toContain(record.architecture);
    // It is no cell: the choices are a table.
    expect(text).toContain('stage0');
    expect(text).toContain('higher is better');
    expect(text).toContain('own strategy');
    expect(text).toContain('nested.deep[1,2]');
    expect(text).toContain('2 nan (edge_score)');
    // Whose method it is, it alone knows.
    expect(text).not.toContain('TE-NAS');
    expect(figures.map(({ name }) => name)).toEqual(['best-edge_score', 'best-macs', 'time']);
    expect(figures[0]!.title).toBe('The best so far: score of edges');
    expect(figures[2]!.description).toContain('architecture 12: 250 ms, 1 evaluation');
    const { document } = parseHTML(html);
    const table = [...document.querySelectorAll('[data-table] script')].at(-1)!;
    expect(JSON.parse(table.textContent!).rows).toHaveLength(12);
  });

  it('numbers steps by whole numbers, and widths all look alike', () => {
    const { html, figures } = createReport([result(madeOwnRecord(3))], {
      choicesOf: () => ({ stage0: ['64'], stage1: ['32'] }),
    });
    const steps = /aria-label="x-axis tick label"[^>]*>(.*?)<\/g>/.exec(figures[0]!.content.markup)![1]!;
    expect([...steps.matchAll(/<text[^>]*>([^<]*)/g)].map(([, text]) => text)).toEqual(['1', '2', '3']);
    const chips = [...parseHTML(html).document.querySelectorAll('.ops')].map(({ innerHTML }) => innerHTML);
    expect(chips[0]!.replace('64', '32')).toBe(chips[1]);
  });

  it('draws thousands of steps some at a time, and lists those in which the best changed', () => {
    const { html, figures } = createReport([result(madeOwnRecord(5000))]);
    expect(figures.at(-1)!.description).toContain('architecture 1 – architecture 167: ');
    expect(textOf(html)).toContain('Steps in which the best architecture changed');
  });
});

describe('the report of a score', () => {
  it('shows repeats, spectrum and, where the architecture is understood, the cell', async () => {
    const { genotype } = await madeRecord({ space: 'nas-bench-201' });
    const cells = { 'cell/1<-0': ['none'], 'cell/2<-0': ['skip_connect'], 'cell/2<-1': ['nor_conv_3x3'] };
    const { html, figures } = createReport([result(madeScore(genotype!))], { choicesOf: () => cells });
    expect(figures.map(({ name }) => name)).toEqual(['scored-cell', 'spectrum']);
    expect(textOf(html)).toContain('114, negative, 147');
    expect(createReport([result(madeScore('?'))]).figures.map(({ name }) => name)).toEqual(['spectrum']);
  });
});
