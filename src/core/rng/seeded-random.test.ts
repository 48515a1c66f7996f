import { describe, expect, it } from 'vitest';
import { seededRandom } from './seeded-random.ts';

describe('seededRandom', () => {
  it('repeats itself for one seed and differs for another', () => {
    const draw = (seed: number): number[] => {
      const random = seededRandom(seed);
      return Array.from({ length: 50 }, () => random.uniform());
    };
    expect(draw(9)).toEqual(draw(9));
    expect(draw(9)).not.toEqual(draw(10));
  });

  it('spreads evenly over [0, 1)', () => {
    const random = seededRandom(1);
    const values = Array.from({ length: 20_000 }, () => random.uniform());
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    // Standard error of the mean: 0.289 / sqrt(20000) = 0.002.
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(0.5, 2);
  });

  it('chooses every one of n about equally often', () => {
    const random = seededRandom(4);
    const counts = Array.from({ length: 7 }, () => 0);
    for (let draw = 0; draw < 7000; draw++) {
      const chosen = random.integer(7);
      counts[chosen] = (counts[chosen] ?? Number.NaN) + 1;
    }
    expect(counts).toHaveLength(7);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it.each([0, -3, 1.5])('refuses to choose one of %s', (count) => {
    expect(() => seededRandom(0).integer(count)).toThrow(RangeError);
  });
});
