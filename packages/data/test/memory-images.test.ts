import { describe, expect, it } from 'vitest';
import { memoryImages } from '../src/index.js';

const picture = (value: number) => new Uint8Array(3 * 4 * 4).fill(value);
const given = { side: 4, pictures: [picture(1), picture(2), picture(3)], origin: 'mine' };

describe('pictures in memory', () => {
  it('are a data set with labels where they have classes', async () => {
    const source = memoryImages({ ...given, classNames: ['a', 'b'], labels: [0, 1, 0], skipped: 2 });
    expect(source).toMatchObject({ name: 'folder', classes: 2, size: 3, height: 4, width: 4, skipped: 2 });
    expect(await source.read([2, 0])).toEqual([picture(3), picture(1)]);
    expect([...(await source.labels!([1, 2]))]).toEqual([1, 0]);
    expect(memoryImages(given).labels).toBeUndefined();
    expect(memoryImages(given).classes).toBe(1);
  });

  it('have a fingerprint of all that decides a search', () => {
    const labelled = { ...given, classNames: ['a', 'b'], labels: [0, 1, 0] };
    const prints = [
      given,
      { ...given, pictures: [picture(1), picture(3), picture(2)] },
      { ...given, pictures: given.pictures.slice(1) },
      labelled,
      { ...labelled, labels: [0, 1, 1] },
    ].map((one) => memoryImages(one).fingerprint);
    expect(new Set(prints).size).toBe(prints.length);
    expect(prints[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(memoryImages({ ...given }).fingerprint).toBe(prints[0]);
  });

  it.each([
    ['no picture', { pictures: [] }, 'mine: there is no picture'],
    [
      'another size',
      { pictures: [picture(1), new Uint8Array(5)] },
      'picture 1 has 5 values; 3 x 4 x 4 are needed',
    ],
    ['too few labels', { classNames: ['a'], labels: [0] }, 'labels must be 3 numbers from 0 to 0'],
    ['other labels', { classNames: ['a'], labels: [0, 1, 0] }, 'labels must be 3 numbers from 0 to 0'],
  ])('are refused: %s', (_, wrong, message) => {
    expect(() => memoryImages({ ...given, ...wrong })).toThrow(message);
  });
});
