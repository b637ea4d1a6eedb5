/// <reference lib="dom.iterable" />
import { expectBounded } from '@tenas/base/testing';
import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { embeddedJson, html, wellFormed } from '../src/html.js';
import { createReport, parseAccuracyTable, parseResult, standaloneSvg } from '../src/index.js';
import {
  architecture,
  madeAccuracyCsv,
  madeBatchCsv,
  madeBatchLines,
  madeBench,
  madeEvaluation,
} from './support/made-documents.js';
import {
  madeExport,
  madeFrontRecord,
  madeLatencyScore,
  madeOwnRecord,
  madeRecord,
  madeScore,
  madeTraining,
  SCORES,
} from './support/made-results.js';

const ATTACKS = [
  '</code><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' autofocus onfocus='alert(1)",
  '</script><script>alert(1)</script>',
  '</title></svg><script>alert(1)</script>',
  '</style><script>alert(1)</script>',
  'javascript:alert(1)',
  '`+alert(1)+`',
  'a\u0000b\u001bc\ud800d\u202ee',
  '<!--<script>',
];

function check(page: string): void {
  const { document } = parseHTML(page);
  const scripts = [...document.querySelectorAll('script')];
  const programs = scripts.filter((script) => script.getAttribute('type') !== 'application/json');
  expect(programs).toHaveLength(1);
  expect(programs[0]!.textContent).not.toContain('alert');
  for (const data of scripts.filter((script) => !programs.includes(script))) JSON.parse(data.textContent!);
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      expect(name).not.toMatch(/^on/);
      if (['href', 'src', 'xlink:href'].includes(name)) expect(value).toMatch(/^(#|\.\/|file:\/\/\/)/);
    }
  }
  expect(document.querySelectorAll('img, iframe, object, embed, link, base, form')).toHaveLength(0);
}

/** The document with a text in every place that holds free text. */
function withText(value: unknown, text: string, key = ''): unknown {
  const fixed = ['status', 'kind', 'better', 'format', 'changes', 'sha256', 'per', 'of'];
  if (fixed.includes(key) || value === 'prune' || value === 'ms') return value;
  if (Array.isArray(value)) return value.map((item) => withText(item, text, key));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, withText(item, text, name)]),
    );
  }
  return typeof value === 'string' ? `${value}${text}` : value;
}

/** A front whose objectives have a text in their names and units. */
function hostileFront(text: string): unknown {
  const record = madeFrontRecord();
  const front = record.front.map(({ architecture, values }) => ({
    architecture,
    values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name + text, value])),
  }));
  const objectives = record.objectives.map((objective) => ({ ...objective, unit: text }));
  return withText({ ...record, front, objectives }, text);
}

// Searched once: tests change copies.
const plain = await madeRecord({ space: 'nas-bench-201' });
const record = await madeRecord({ space: 'nas-bench-201', finals: true });
const stopped = await madeRecord({ space: 'nas-bench-201', stopIn: 2 });
const darts = await madeRecord({ space: 'darts' });

describe('text from files', () => {
  it.each(ATTACKS)('stays text: %j', (attack) => {
    const hostile = [
      withText({ ...record, scores: SCORES }, attack),
      withText(madeExport(record.genotype!), attack),
      withText(madeScore(record.genotype!), attack),
      withText(stopped, attack),
      withText(madeOwnRecord(5), attack),
      hostileFront(attack),
      withText(madeLatencyScore(), attack),
      withText(madeTraining('a', 3), attack),
    ].map((document) => parseResult(JSON.stringify(document), `file${attack}.json`));
    const report = createReport(hostile, {
      linkTo: (path) => path,
      toolVersion: attack,
      choicesOf: () => ({ 'cell/1<-0': [attack], 'cell/2<-1': ['skip_connect'], [attack]: ['none'] }),
    });
    check(report.html);
    expect(report.figures.some(({ name }) => name.startsWith('pareto'))).toBe(true);
    for (const figure of report.figures) {
      const svg = standaloneSvg(figure);
      const { document } = parseHTML(svg);
      expect(document.querySelectorAll('script, img, foreignObject')).toHaveLength(0);
      expect(svg).toBe(wellFormed(svg));
    }
  });

  it.each(ATTACKS)('stays text in batches, evaluations and benchmarks: %j', (attack) => {
    const inJson = JSON.stringify(attack).slice(1, -1);
    const named = JSON.stringify(madeEvaluation(20))
      .replaceAll('cifar10_test200', `cifar10${inJson}`)
      .replaceAll('kappa', inJson)
      .replaceAll('scores.csv', inJson);
    const quoted = `"${attack.replaceAll('"', '""')}"`;
    const csv = madeBatchCsv(12)
      .replaceAll('cifar10', quoted)
      .replaceAll(architecture(0), quoted)
      .replaceAll(',done,', `,${quoted},`);
    const table = madeAccuracyCsv(12)
      .replaceAll(architecture(0), quoted)
      .replace('cifar10_test200', `"test${quoted.slice(1)}`);
    const search = { ...plain, scores: SCORES };
    const lines = madeBatchLines(search, madeScore('x'));
    const bench = JSON.stringify(withText(madeBench('2026-11-25', 1), attack));
    const report = createReport(
      [
        parseResult(named, 'e.json'),
        parseResult(csv, 'b.csv'),
        parseResult(bench, 'm.json'),
        parseResult(lines.replaceAll('cifar10', inJson), 'b.jsonl'),
      ],
      { accuracies: parseAccuracyTable(table, 't.csv') },
    );
    check(report.html);
    expect(report.figures.length).toBeGreaterThan(10);
  });

  it('draws no cell of more nodes or edges than anyone can read', () => {
    for (const record of [plain, darts]) {
      const edges = Object.fromEntries(
        Array.from({ length: 2000 }, (_, i) => [`cell/${i % 30}<-${i}`, ['none']]),
      );
      const ops = { 'cell/1<-0': new Array(200).fill('none') };
      const group = { 'cell/9999<-0': ['none'] };
      for (const active of [group, edges, ops, { 'cell/1<-1e9': ['none'] }, {}]) {
        const document = { ...record, scores: SCORES, detail: { ...record.detail, active } };
        const read = parseResult(JSON.stringify(document), 'record.json');
        const report = expectBounded({ seconds: 5, mebibytes: 300 }, () => createReport([read]));
        expect(report.figures.some(({ name }) => name.startsWith('cell'))).toBe(false);
      }
    }
  });

  it('asks for nothing without end', () => {
    const active = { 'cell/16000000<-0': ['none'] };
    const document = JSON.stringify({ ...plain, detail: { ...plain.detail, active } });
    expectBounded({ seconds: 1, mebibytes: 100 }, () =>
      expect(() => parseResult(document, 'record.json')).toThrow('numbers up to 9999'),
    );
    const many = parseResult(JSON.stringify(madeOwnRecord(50_000)), 'own.json');
    const { html } = expectBounded({ seconds: 10, mebibytes: 1000 }, () => createReport([many]));
    expect(html.length).toBeLessThan(3e6);
  });

  it('cannot leave the element or attribute that it stands in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { document } = parseHTML(
          `<!doctype html><html><body>${html`<p title="${text}" class='${text}'>${text}</p>`}</body></html>`,
        );
        expect(document.body.children).toHaveLength(1);
        const element = document.body.children[0]!;
        expect(element.children).toHaveLength(0);
        expect([...element.attributes].map(({ name }) => name).sort()).toEqual(['class', 'title']);
      }),
    );
  });

  it('survives as data for the script', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const { markup } = embeddedJson([text]);
        expect(markup).not.toMatch(/[<>&]/);
        expect(JSON.parse(markup)[0].replace(/\ufffd/g, '')).toBe(
          JSON.parse(JSON.stringify([text]))[0].replace(/\ufffd/g, ''),
        );
      }),
    );
  });
});
