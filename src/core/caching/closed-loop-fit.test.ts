import { describe, expect, it } from 'vitest';
import { meanSquaredError } from '../metrics/mse.ts';
import type { CachePolicy } from '../policy.ts';
import { torchRandn } from '../rng/torch-randn.ts';
import { cpuTensorOps } from '../sampling/cpu-tensor-ops.ts';
import { sampleEuler } from '../sampling/euler.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { createAnalyticModel } from '../test-support/analytic-model.ts';
import { createLedger } from '../test-support/ledger-ops.ts';
import { createLooseToyModel, withoutBooks } from '../test-support/loose-model.ts';
import { createCachedDenoiser } from './cached-denoiser.ts';
import type { FitPair } from './closed-loop-fit.ts';
import { createClosedLoopFit, FIT_SETTINGS } from './closed-loop-fit.ts';
import { policyProblems } from './policy-checks.ts';
import { recordTeacher } from './teacher-run.ts';

const STEP_COUNT = 10;
const sigmas = fluxSigmas(STEP_COUNT, 64);
const MASK = [0, 2, 4, 7];

async function toyPairs(firstSeed: number, count: number): Promise<FitPair[]> {
  const seeds = Array.from({ length: count }, (_, index) => firstSeed + index);
  return Promise.all(
    seeds.map(async (seed) => {
      const model = createLooseToyModel();
      return { model, teacher: await recordTeacher(model, torchRandn(seed, 32), sigmas) };
    }),
  );
}

const finalOf = ({ teacher }: FitPair): Float32Array => teacher.latents.at(-1) ?? new Float32Array(0);
const meanLoss = (pairs: readonly FitPair[], latents: readonly Float32Array[]): number =>
  pairs.reduce((sum, pair, index) => sum + meanSquaredError(finalOf(pair), latents[index] ?? []), 0) / pairs.length;

async function run({ model, teacher }: FitPair, change: Partial<CachePolicy>): Promise<Float32Array> {
  const policy: CachePolicy = { stepCount: STEP_COUNT, sigmas, computedSteps: MASK, payload: 'reuse', ...change };
  expect(policyProblems(policy)).toEqual([]);
  const { denoise } = createCachedDenoiser(model, policy, cpuTensorOps);
  return sampleEuler(denoise, teacher.latents[0] ?? new Float32Array(0), sigmas, cpuTensorOps);
}

describe('createClosedLoopFit', () => {
  it('gives coefficients with which the cached sampler reaches the very latents of the fit', async () => {
    const [calibration, validation] = [await toyPairs(1, 3), await toyPairs(50, 2)];
    const { steps, calibrationLatents, validationLatents } = await createClosedLoopFit(calibration, validation, sigmas).fit(MASK);
    const coefficients = steps.map((step) => step.coefficients);
    for (const [index, pair] of calibration.entries()) expect(await run(pair, { payload: 'fitted', coefficients })).toEqual(calibrationLatents[index]);
    for (const [index, pair] of validation.entries()) expect(await run(pair, { payload: 'fitted', coefficients })).toEqual(validationLatents[index]);
  });

  it('comes nearer to the full run than reuse and Taylor, also on pairs that took no part', async () => {
    const [calibration, validation, unseen] = [await toyPairs(1, 4), await toyPairs(50, 4), await toyPairs(90, 4)];
    const { steps } = await createClosedLoopFit(calibration, validation, sigmas).fit(MASK);
    const coefficients = steps.map((step) => step.coefficients);
    const lossOf = async (change: Partial<CachePolicy>): Promise<number> => meanLoss(unseen, await Promise.all(unseen.map((pair) => run(pair, change))));
    const fitted = await lossOf({ payload: 'fitted', coefficients });
    expect(fitted).toBeLessThan(0.6 * (await lossOf({})));
    expect(fitted).toBeLessThan(0.6 * (await lossOf({ payload: 'taylor' })));
  });

  it('is exact where the basis holds the truth: two older velocities span a line in σ', async () => {
    const ledger = createLedger();
    const field = { offset: [1, -2, 3], slope: [3, 0.5, -1], bend: [0, 0, 0] };
    const model = withoutBooks(createAnalyticModel(field, ledger), ledger);
    const pair = { model, teacher: await recordTeacher(model, torchRandn(1, 3), sigmas) };
    const settings = { ...FIT_SETTINGS, bases: ['velocities'] as const, ridge: 1e-12 };
    const { steps } = await createClosedLoopFit([pair], [], sigmas, settings).fit([0, 1, 4]);
    for (const { validationError } of steps) expect(validationError).toBeLessThan(1e-10);
    expect(Math.max(...steps.map(({ reuseError }) => reuseError))).toBeGreaterThan(1e-4);
  });

  it('is never worse than plain reuse at a step, and takes it where nothing is better', async () => {
    const [calibration, validation] = [await toyPairs(1, 2), await toyPairs(50, 2)];
    const { steps } = await createClosedLoopFit(calibration, validation, sigmas).fit(MASK);
    for (const { validationError, reuseError } of steps) expect(validationError).toBeLessThanOrEqual(reuseError);
    const nothing = await createClosedLoopFit(calibration, validation, sigmas, { ...FIT_SETTINGS, bases: [] }).fit(MASK);
    for (const { coefficients } of nothing.steps) expect(coefficients).toMatchObject({ basis: 'heads', weights: [1] });
    for (const [index, pair] of validation.entries()) expect(nothing.validationLatents[index]).toEqual(await run(pair, {}));
  });

  it('fits shared beginnings once and gives the same as a fresh fit', async () => {
    const calibration = await toyPairs(1, 2);
    const warm = createClosedLoopFit(calibration, [], sigmas);
    await warm.fit([0, 2, 4, 8]);
    expect(await warm.fit(MASK)).toEqual(await createClosedLoopFit(calibration, [], sigmas).fit(MASK));
  });

  it('needs a pair', () => {
    expect(() => createClosedLoopFit([], [], sigmas)).toThrow(RangeError);
  });
});
