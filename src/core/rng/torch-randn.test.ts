/**
 * Goldens (torch 2.13 on the CPU):
 *   torch.randn(count, generator=torch.Generator().manual_seed(seed)).double()   # first and last 20, sum, sum of squares
 *   g = torch.Generator().manual_seed(3); [torch.randn(n, generator=g) for n in (3, 2, 16, 1)]
 */
import { describe, expect, it } from 'vitest';
import { TorchGenerator, torchRandn } from './torch-randn.ts';
import golden from './torch-randn.golden.json';

const largestDifference = (actual: ArrayLike<number>, expected: readonly number[]): number =>
  Math.max(...expected.map((value, index) => Math.abs(value - (actual[index] ?? Number.NaN))));

describe('torchRandn', () => {
  it.each(golden.normals)('agrees with torch for seed $seed, $count numbers', (expected) => {
    const values = torchRandn(expected.seed, expected.count);
    expect(values).toHaveLength(expected.count);
    expect(largestDifference(values, expected.first)).toBeLessThanOrEqual(1e-6);
    expect(largestDifference(values.slice(-expected.last.length), expected.last)).toBeLessThanOrEqual(1e-6);
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(expected.sum, 4);
    expect(values.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(expected.sumOfSquares, 3);
  });

  it('goes on as torch does from call to call', () => {
    const generator = new TorchGenerator(golden.calls.seed);
    for (const expected of golden.calls.values) {
      expect(largestDifference(generator.randn(expected.length), expected)).toBeLessThanOrEqual(1e-6);
    }
  });

  it('gives other numbers for another seed', () => {
    expect(torchRandn(1, 32)).not.toEqual(torchRandn(2, 32));
  });

  it.each([-1, 2.5])('refuses to draw %s numbers', (count) => {
    expect(() => torchRandn(0, count)).toThrow(RangeError);
  });
});
