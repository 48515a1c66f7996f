import { describe, expect, it } from 'vitest';
import type { StepDecision } from '../caching/decisions.ts';
import { calibrateThreshold, modalMask } from './calibrate-threshold.ts';
import { exactBudgetMask } from './exact-budget.ts';
import { magcacheMask, magnitudeRatios } from './magcache.ts';
import type { Rule } from './method.ts';
import { maskRule, thresholdRule } from './method.ts';
import { fitPolynomial, polynomialAt } from './polynomial.ts';
import { fitTeacache } from './teacache.ts';

function lettersOf(rule: Rule, changes: readonly number[]): string {
  let decisions: readonly StepDecision[] = [];
  for (const step of changes.keys()) decisions = [...decisions, rule({ decisions, changes: changes.slice(0, step + 1), stepCount: changes.length })];
  return decisions.map((decision) => (decision === 'compute' ? 'C' : 'R')).join('');
}

describe('rules', () => {
  it('a threshold adds up what changed since the last computed step, and begins again there', () => {
    const changes = [0, 0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.9, 0.1];
    // .2 .4 .6! .1 .2 .3 1.2! .1
    const settings = { threshold: 0.6, forcedFirst: 1, forceLast: false };
    expect(lettersOf(thresholdRule({ ...settings, threshold: 0.55 }), changes)).toBe('CRRCRRRCR');
    expect(lettersOf(thresholdRule({ ...settings, threshold: 0.25 }), changes)).toBe('CRCRCRRCR');
  });

  it('forced steps are computed and start the sum anew', () => {
    const changes = [0, 0.3, 0.3, 0.3, 0.3, 0.3];
    expect(lettersOf(thresholdRule({ threshold: 0.5, forcedFirst: 2, forceLast: true }), changes)).toBe('CCRCRC');
    expect(lettersOf(thresholdRule({ threshold: 99, forcedFirst: 0, forceLast: true }), changes)).toBe('CRRRRC');
  });

  it('computes where the change cannot be known', () => {
    expect(lettersOf(thresholdRule({ threshold: 0.5, forcedFirst: 1, forceLast: false }), [0, Infinity, 0, 0])).toBe('CCRR');
  });

  it('a mask decides beforehand', () => {
    expect(lettersOf(maskRule([0, 3]), [0, 9, 9, 0, 9])).toBe('CRRCR');
  });
});

describe('MagCache', () => {
  it('takes the ratio of mean magnitudes, over the runs', () => {
    const run = (...sizes: number[]): Float32Array[] => sizes.map((size) => Float32Array.of(size, -size));
    expect(magnitudeRatios([run(2, 4, 2), run(1, 4, 2)])).toEqual([1, 3, 0.5]);
  });

  it('skips while the product of ratios stays near 1', () => {
    // At step 2 the product is .9, the error .1; at step 3 .81, together .29; at step 4 .729, together .561.
    const ratios = [1, 0.9, 0.9, 0.9, 0.9, 0.9];
    const { mask, errors } = magcacheMask(ratios, { threshold: 0.3, maxSkips: 5, forcedFirst: 2 });
    expect(mask).toEqual([0, 1, 4]);
    expect(errors.get(2)).toBeCloseTo(0.1, 12);
    expect(errors.get(3)).toBeCloseTo(0.29, 12);
    expect(errors.get(5)).toBeCloseTo(0.1, 12);
    expect(magcacheMask(ratios, { threshold: 0.3, maxSkips: 1, forcedFirst: 1 }).mask).toEqual([0, 2, 4]);
  });
});

describe('exactBudgetMask', () => {
  const ratios = Array.from({ length: 28 }, (_, step) => 1 - 0.1 * Math.cos(step));
  const maskAt = (threshold: number) => magcacheMask(ratios, { threshold, maxSkips: 27, forcedFirst: 2 });

  it.each([3, 6, 8, 11, 14, 27])('spends %i steps exactly, the threshold’s own among them', (nfe) => {
    const { mask, threshold } = exactBudgetMask(maskAt, nfe);
    expect(mask).toHaveLength(nfe);
    expect(mask).toEqual(expect.arrayContaining([...maskAt(threshold).mask]));
    expect(maskAt(threshold * (1 - 1e-9)).mask.length).toBeGreaterThanOrEqual(mask.length);
  });

  it('gives what is left over to the costliest skips', () => {
    const errors = new Map([[1, 0.2], [2, 0.5], [3, 0.4]]);
    expect(exactBudgetMask(() => ({ mask: [0], errors }), 3).mask).toEqual([0, 2, 3]);
  });

  it('says when too much is forced', () => {
    expect(() => exactBudgetMask(() => ({ mask: [0, 1, 2], errors: new Map() }), 2)).toThrow('forces more than 2');
  });
});

describe('thresholds that are calibrated', () => {
  it('meet the mean of real runs', async () => {
    const changes = [0.11, 0.07, 0.23, 0.05];
    const meanNfeAt = async (threshold: number): Promise<number> =>
      changes.reduce((sum, change) => sum + lettersOf(thresholdRule({ threshold, forcedFirst: 1, forceLast: true }), Array.from({ length: 28 }, () => change)).replaceAll('R', '').length, 0) / changes.length;
    for (const nfe of [6, 10, 14]) {
      const { threshold, meanNfe, evaluations } = await calibrateThreshold(meanNfeAt, nfe);
      expect(await meanNfeAt(threshold)).toBe(meanNfe);
      expect(Math.abs(meanNfe - nfe)).toBeLessThanOrEqual(1);
      expect(evaluations).toBeLessThan(30);
    }
  });

  it('freeze the most frequent mask', () => {
    expect(modalMask([[0, 2], [0, 1], [0, 3], [0, 1]])).toEqual([0, 1]);
  });
});

describe('polynomials', () => {
  it('of degree 4 are found again', () => {
    const coefficients = [0.26, -3.8, 55.8, -283, 498];
    const xs = Array.from({ length: 40 }, (_, index) => 0.005 * index);
    const fitted = fitPolynomial(xs, xs.map((x) => polynomialAt(coefficients, x)), 4);
    fitted.forEach((value, power) => expect(value / (coefficients[power] ?? 0)).toBeCloseTo(1, 3));
    expect(polynomialAt(fitTeacache(xs, xs.map((x) => 2 * x)), 0.1)).toBeCloseTo(0.2, 6);
  });

  it('need enough points', () => {
    expect(() => fitPolynomial([1, 2], [1, 2], 4)).toThrow('too few');
  });
});
