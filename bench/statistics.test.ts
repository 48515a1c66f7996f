import { describe, expect, it } from 'vitest';
import { medianOf, spearman } from './statistics.ts';

describe('spearman', () => {
  it.each([
    [[1, 2, 3, 4], [10, 20, 30, 400], 1],
    [[1, 2, 3, 4], [4, 3, 2, 1], -1],
    // scipy.stats.spearmanr
    [[1, 2, 3, 4, 5], [5, 6, 7, 8, 7], 0.8207826816681233],
    [[3, 1, 4, 1, 5], [2, 7, 1, 8, 2], -0.7894736842105264],
  ])('of %j and %j', (left, right, expected) => {
    expect(spearman(left, right)).toBeCloseTo(expected, 12);
  });
});

describe('medianOf', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
  ])('of %j', (values, expected) => {
    expect(medianOf(values)).toBe(expected);
  });
});
