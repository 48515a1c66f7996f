import { describe, expect, it } from 'vitest';
import { bootstrapMean } from './bootstrap-mean.ts';

describe('bootstrapMean', () => {
  it('holds the mean of many alike between two near bounds, and repeats itself', () => {
    const values = Array.from({ length: 400 }, (_, index) => index % 2);
    const { mean, low, high } = bootstrapMean(values, 400);
    expect(mean).toBe(0.5);
    // 1.96 standard errors of 0.025.
    expect(low).toBeCloseTo(0.451, 1.5);
    expect(high).toBeCloseTo(0.549, 1.5);
    expect(bootstrapMean(values, 400)).toEqual({ mean, low, high });
  });
});
