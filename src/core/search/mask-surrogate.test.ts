import { describe, expect, it } from 'vitest';
import { seededRandom } from '../rng/seeded-random.ts';
import type { Mask } from './mask.ts';
import type { MaskObservation } from './mask-surrogate.ts';
import { fitMaskSurrogate } from './mask-surrogate.ts';
import { observeMasks } from './mask-observations.ts';
import { randomMask } from './random-mask.ts';
import type { BookEntry } from './staged-objective.ts';

const space = { stepCount: 20, nfe: 5, prefix: 1 };
/** Smooth in where the computed steps lie, and not what the score says. */
const truth = (mask: Mask): number => mask.reduce((sum, step, index) => sum + ((step - 4 * index) / 6) ** 2, 0);
const scoreOf = (mask: Mask): number => 0.5 * truth(mask) + Math.sin(mask[1] ?? 0);

const masksOf = (seed: number, count: number): Mask[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => randomMask(space, random));
};
const observed = (masks: readonly Mask[]): MaskObservation[] => masks.map((mask) => ({ mask, score: scoreOf(mask), value: truth(mask), variance: 0 }));
const squaredErrors = (predict: (mask: Mask) => number): number => masksOf(9, 50).reduce((sum, mask) => sum + (predict(mask) - truth(mask)) ** 2, 0);

describe('the surrogate over masks', () => {
  it('knows what it was told, and is sure of it', () => {
    const known = observed(masksOf(1, 30));
    const surrogate = fitMaskSurrogate(known);
    const spread = Math.max(...known.map(({ value }) => value)) - Math.min(...known.map(({ value }) => value));
    for (const { mask, score, value } of known) {
      const told = surrogate.predict(mask, score);
      expect(Math.abs(told.value - value)).toBeLessThan(0.02 * spread);
    }
    const far: Mask = [0, 16, 17, 18, 19];
    const near = known[0]?.mask ?? far;
    expect(surrogate.predict(near, scoreOf(near)).deviation).toBeLessThan(0.5 * surrogate.predict(far, scoreOf(far)).deviation);
  });

  it('foretells unseen masks better than the score does, and better the more it was told', () => {
    const [few, many] = [20, 120].map((count) => {
      const surrogate = fitMaskSurrogate(observed(masksOf(1, count)));
      return squaredErrors((mask) => surrogate.predict(mask, scoreOf(mask)).value);
    });
    expect(few).toBeLessThan(0.5 * squaredErrors(scoreOf));
    expect(many).toBeLessThan(0.5 * (few ?? 0));
  });

  it('follows the score far from all that it was told', () => {
    const known = masksOf(1, 20).map((mask) => ({ mask, score: mask[1] ?? 0, value: 3 + (mask[1] ?? 0), variance: 0 }));
    const surrogate = fitMaskSurrogate(known);
    const far: Mask = [0, 16, 17, 18, 19];
    expect(surrogate.predict(far, 16).value).toBeCloseTo(19, 0);
  });

  it('trusts an observation the less the greater its variance', () => {
    const rest = observed(masksOf(1, 30));
    const odd: Mask = [0, 4, 8, 12, 15];
    const told = [0, 100].map((variance) => fitMaskSurrogate([...rest, { mask: odd, score: scoreOf(odd), value: truth(odd) + 2, variance }]).predict(odd, scoreOf(odd)).value - truth(odd));
    expect(told[0]).toBeGreaterThan(1);
    expect(Math.abs(told[1] ?? 2)).toBeLessThan(0.5);
  });

  it('takes masks of one budget only', () => {
    expect(() => fitMaskSurrogate([])).toThrow(RangeError);
    expect(() => fitMaskSurrogate([...observed([[0, 1]]), ...observed([[0, 1, 2]])])).toThrow(RangeError);
  });
});

describe('looks at masks as observations', () => {
  const look = (mask: Mask, stage: BookEntry['stage'], logs: readonly number[]): BookEntry => ({ mask, stage, losses: logs.map(Math.exp) });
  // Pair 1 is harder by 2 than pair 0, whatever the mask; pair 2 as pair 0.
  const looks = [look([0, 1], 0, [1, 3]), look([0, 1], 1, [1]), look([0, 2], 0, [2, 4]), look([0, 2], 1, [2]), look([0, 3], 0, [5, 7]), look([0, 2], 'validation', [9])];

  it('evens out which pairs were looked at', () => {
    const [first, second, third, ...rest] = observeMasks(looks, 3, null);
    expect(rest).toEqual([]);
    expect([first?.value, second?.value, third?.value].map((value) => Number(value?.toFixed(9)))).toEqual([5 / 3, 8 / 3, 17 / 3].map((value) => Number(value.toFixed(9))));
  });

  it('leaves looks at some of the pairs out where nothing tells how sure they are', () => {
    const few = [look([0, 1], 0, [1]), look([0, 1], 1, [3]), look([0, 2], 0, [2])];
    expect(observeMasks(few, 2, null).map(({ mask }) => mask)).toEqual([[0, 1]]);
    expect(() => observeMasks([look([0, 2], 0, [2])], 2, null)).toThrow(RangeError);
  });

  it('counts a look at some of the pairs as less certain', () => {
    const three = [look([0, 1], 0, [1, 3]), look([0, 1], 1, [5]), look([0, 2], 0, [2, 5]), look([0, 2], 1, [6]), look([0, 3], 0, [5, 6])];
    const [whole, , part] = observeMasks(three, 3, null);
    expect(whole?.variance).toBe(0);
    expect(part?.variance).toBeGreaterThan(0);
  });
});
