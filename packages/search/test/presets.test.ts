import { readSettings } from '@tenas/base/settings';
import { syntheticImages } from '@tenas/data';
import { nasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  fillFromPreset,
  type PresetName,
  presetField,
  runSearch,
  type Strategy,
  trainingFields,
} from '../src/index.js';

const settings = z.strictObject({
  preset: presetField,
  steps: z.int().optional().describe('steps; default by preset'),
  rate: z.number().nullable().optional().describe('rate; default by preset'),
  name: z.string().default('a').describe('no matter of presets'),
});
const PRESETS: Record<PresetName, { readonly steps: number; readonly rate: number | null }> = {
  quick: { steps: 3, rate: 0.5 },
  published: { steps: 250, rate: 0.1 },
};

describe('presets', () => {
  it('fill in what was not given, and leave the rest', () => {
    const filled = (given: object) => fillFromPreset(readSettings('settings', settings, given), PRESETS);
    expect(filled({})).toEqual({ preset: 'quick', name: 'a', steps: 3, rate: 0.5 });
    expect(filled({ preset: 'published', steps: 7 })).toEqual({
      preset: 'published',
      name: 'a',
      steps: 7,
      rate: 0.1,
    });
    expect(filled({ rate: null, steps: undefined })).toEqual({
      preset: 'quick',
      name: 'a',
      steps: 3,
      rate: null,
    });
    expect(filled(filled({ preset: 'published', name: 'b' }))).toEqual(
      filled({ preset: 'published', name: 'b' }),
    );
    expect(() => filled({ preset: 'slow' })).toThrow(/preset/);
  });

  it('stand in every description of a setting that depends on them', () => {
    const shape = z.strictObject(trainingFields).shape;
    for (const field of Object.values(shape)) expect(field.description).toMatch(/; default by preset$/);
  });
});

describe('the need of labels', () => {
  it('refuses images without any, before the search begins', async () => {
    const strategy: Strategy = {
      name: 'trains',
      title: 'needs labels',
      paper: '',
      needs: ['labels'],
      metrics: [],
      settings: z.strictObject({}),
      run: async ({ space }) => ({ architecture: space.parse(space.example) }),
    };
    const { labels: _, ...source } = syntheticImages();
    await expect(runSearch({ space: nasBench201, source, strategy })).rejects.toMatchObject({
      code: 'LABELS_MISSING',
    });
  });
});
