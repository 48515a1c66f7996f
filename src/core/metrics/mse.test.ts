import { describe, expect, it } from 'vitest';
import { meanSquaredError } from './mse.ts';

describe('meanSquaredError', () => {
  it('is the mean of squared differences', () => {
    expect(meanSquaredError(Float32Array.of(1, 2, 3), Float32Array.of(1, 4, 0))).toBeCloseTo((0 + 4 + 9) / 3, 12);
  });

  it.each([
    [[1], [1, 2]],
    [[], []],
  ])('refuses %j and %j', (reference, candidate) => {
    expect(() => meanSquaredError(reference, candidate)).toThrow(RangeError);
  });
});
