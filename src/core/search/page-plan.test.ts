import { describe, expect, it } from 'vitest';
import { predictedLoopMs } from '../caching/cost.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { mostRealRuns, planPageSearch } from './page-plan.ts';

const costs = { fullMs: 38, cachedMs: 0.7, textMs: 2, vaeMs: 150 };
const sigmas = fluxSigmas(28, 64);
const planFor = (effortMs: number, calibrationPairs = 4, nfe = 8) =>
  planPageSearch({ stepCount: 28, sigmas, nfe, seed: 1, effortMs, calibrationPairs, costs, knownMasks: [] });

describe('the plan of a search', () => {
  it.each([40_000, 45_000, 120_000, 600_000])('spends at most the %i ms it is given, and nearly all', (effortMs) => {
    const { plan, expectedMs } = planFor(effortMs);
    expect(plan.pairs.calibration).toBe(4);
    expect(expectedMs).toBeLessThanOrEqual(effortMs);
    expect(expectedMs).toBeGreaterThan(0.95 * effortMs);
  });

  it('counts what it plans: full runs, candidates, comparison', () => {
    const { plan, expectedMs } = planFor(60_000);
    const { calibration, validation, comparison } = plan.pairs;
    const fullRuns = calibration + validation + comparison;
    const shortRuns = mostRealRuns(plan, true) - fullRuns;
    const modelMs = fullRuns * predictedLoopMs(costs, 28, 28) + shortRuns * predictedLoopMs(costs, 8, 28) + calibration * 378 * costs.cachedMs;
    expect(modelMs).toBeLessThanOrEqual(expectedMs);
    expect(modelMs).toBeGreaterThan(0.9 * expectedMs);
    expect(mostRealRuns(plan, true) - mostRealRuns(plan, false)).toBe(comparison);
  });

  it('takes fewer pairs where the effort does not pay for them, and says when it cannot be kept', () => {
    const { plan } = planFor(30_000, 16);
    expect(plan.pairs.calibration).toBeLessThan(16);
    expect(plan.pairs.calibration).toBeGreaterThan(1);
    const least = planFor(1000, 16);
    expect(least.plan.pairs.calibration).toBe(1);
    expect(least.expectedMs).toBeGreaterThan(1000);
  });

  it('leaves room to run candidates on all pairs and to validate them', () => {
    for (const effortMs of [1000, 20_000, 200_000]) {
      for (const pairs of [1, 3, 8]) {
        const { plan } = planFor(effortMs, pairs);
        const { calibration, validation, comparison } = plan.pairs;
        const candidateRuns = plan.maxEvaluations - calibration - validation - comparison;
        expect(candidateRuns).toBeGreaterThanOrEqual(4 * calibration + 2 * validation);
      }
    }
  });
});
