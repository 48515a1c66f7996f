import { describe, expect, it } from 'vitest';
import { createCachedDenoiser } from '../caching/cached-denoiser.ts';
import { policyProblems } from '../caching/policy-checks.ts';
import { recordTeacher } from '../caching/teacher-run.ts';
import { meanSquaredError } from '../metrics/mse.ts';
import type { CachePolicy } from '../policy.ts';
import { torchRandn } from '../rng/torch-randn.ts';
import { cpuTensorOps } from '../sampling/cpu-tensor-ops.ts';
import { sampleEuler } from '../sampling/euler.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { createLooseToyModel } from '../test-support/loose-model.ts';
import { alignSchedule } from './align-schedule.ts';
import { patternSearch } from './pattern-search.ts';
import { gapGroups, scaleGaps, shiftSigmas } from './sigma-changes.ts';

const sigmas = fluxSigmas(12, 64);
const computedSteps = [0, 1, 4, 8];

describe('patternSearch', () => {
  it('finds the bottom of a narrow bowl', async () => {
    const bowl = async ([x = 0, y = 0]: readonly number[]): Promise<number> => (x - 1) ** 2 + 10 * (y - x + 0.5) ** 2;
    const { point, value } = await patternSearch(bowl, [-1, 3], { step: 0.5, smallestStep: 1e-4, maxEvaluations: 2000 });
    expect(point[0]).toBeCloseTo(1, 2);
    expect(point[1]).toBeCloseTo(0.5, 2);
    expect(value).toBeLessThan(1e-4);
  });

  it.each([1, 5, 23])('keeps to %i evaluations and never rises', async (maxEvaluations) => {
    let asked = 0;
    const hill = async ([x = 0]: readonly number[]): Promise<number> => {
      asked += 1;
      return Math.sin(5 * x) + x * x;
    };
    const { value, evaluations } = await patternSearch(hill, [1], { step: 0.4, smallestStep: 1e-6, maxEvaluations });
    expect(asked).toBe(evaluations);
    expect(evaluations).toBeLessThanOrEqual(maxEvaluations);
    expect(value).toBeLessThanOrEqual(Math.sin(5) + 1);
  });

  it('says when the objective is no number', async () => {
    await expect(patternSearch(async () => Number.NaN, [0], { step: 1, smallestStep: 0.1, maxEvaluations: 9 })).rejects.toThrow('not a number');
  });
});

describe('sigma changes', () => {
  it('shift by what the scheduler’s own μ would be', () => {
    const shifted = shiftSigmas(fluxSigmas(12, 256), 0.65);
    fluxSigmas(12, 4096).forEach((sigma, index) => expect(shifted[index]).toBeCloseTo(sigma, 5));
  });

  it('group the gaps between computed steps', () => {
    expect(gapGroups(6, [0, 1, 4])).toEqual([0, 1, 1, 1, 2, 2]);
  });

  it('scale a group’s gaps alike, keep the ends, and always fall', () => {
    const groups = gapGroups(12, computedSteps);
    const changed = scaleGaps(sigmas, groups, [0.5, -2, 1, 0]);
    expect([changed[0], changed.at(-1), changed.length]).toEqual([sigmas[0], 0, 13]);
    const gapsOf = (levels: readonly number[]): number[] => levels.slice(1).map((level, index) => (levels[index] ?? 0) - level);
    const ratios = gapsOf(changed).map((gap, index) => gap / (gapsOf(sigmas)[index] ?? 0));
    for (const ratio of ratios) expect(ratio).toBeGreaterThan(0);
    expect((ratios[5] ?? 0) / (ratios[0] ?? 1)).toBeCloseTo(Math.exp(0.5), 3);
    expect((ratios[2] ?? 0) / (ratios[3] ?? 1)).toBeCloseTo(1, 3);
    expect(policyProblems({ stepCount: 12, sigmas: changed, computedSteps, payload: 'reuse' })).toEqual([]);
  });
});

describe('alignSchedule', () => {
  const distanceFrom = (wanted: readonly number[]) => async (levels: readonly number[]) => meanSquaredError(wanted, levels);

  it('finds a shift that was made', async () => {
    const request = { sigmas, computedSteps, objective: distanceFrom(shiftSigmas(sigmas, 0.7)), maxMuEvaluations: 60, maxGapEvaluations: 1 };
    const { muChange, afterMu, startValue } = await alignSchedule(request);
    expect(muChange).toBeCloseTo(0.7, 1);
    expect(afterMu.value).toBeLessThan(startValue / 100);
  });

  it('then finds gaps that were changed, and says what each stage gained', async () => {
    const wanted = scaleGaps(sigmas, gapGroups(12, computedSteps), [0, 0.6, -0.4, 0.2]);
    const request = { sigmas, computedSteps, objective: distanceFrom(wanted), maxMuEvaluations: 40, maxGapEvaluations: 600 };
    const { startValue, afterMu, afterGaps, sigmas: aligned } = await alignSchedule(request);
    expect(afterMu.value).toBeLessThanOrEqual(startValue);
    expect(afterGaps.value).toBeLessThan(startValue / 20);
    expect(await request.objective(aligned)).toBe(afterGaps.value);
  });

  it('brings real cached runs nearer to the full run, never farther, with levels that a policy may have', async () => {
    const model = createLooseToyModel();
    const noise = torchRandn(3, 32);
    const reference = (await recordTeacher(model, noise, sigmas)).latents.at(-1) ?? noise;
    const objective = async (levels: readonly number[]): Promise<number> => {
      const policy: CachePolicy = { stepCount: 12, sigmas: levels, computedSteps, payload: 'reuse' };
      expect(policyProblems(policy)).toEqual([]);
      const { denoise } = createCachedDenoiser(model, policy, cpuTensorOps);
      return Math.log(meanSquaredError(reference, await sampleEuler(denoise, noise, levels, cpuTensorOps)));
    };
    const { startValue, afterGaps } = await alignSchedule({ sigmas, computedSteps, objective, maxMuEvaluations: 20, maxGapEvaluations: 60 });
    expect(afterGaps.value).toBeLessThan(startValue - 0.1);
  });
});
