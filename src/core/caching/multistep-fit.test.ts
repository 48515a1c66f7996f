import { describe, expect, it } from 'vitest';
import { meanSquaredError } from '../metrics/mse.ts';
import { torchRandn } from '../rng/torch-randn.ts';
import { cpuTensorOps } from '../sampling/cpu-tensor-ops.ts';
import { sampleEuler } from '../sampling/euler.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { createAnalyticModel } from '../test-support/analytic-model.ts';
import { createLedger } from '../test-support/ledger-ops.ts';
import { createLooseToyModel, withoutBooks } from '../test-support/loose-model.ts';
import { createCachedDenoiser } from './cached-denoiser.ts';
import { fitMultistep, teacherAt } from './multistep-fit.ts';
import { policyProblems } from './policy-checks.ts';
import { recordTeacher } from './teacher-run.ts';
import { createUncachedDenoiser } from './uncached-denoiser.ts';

const fine = fluxSigmas(40, 64);
const coarse = fluxSigmas(6, 64);
const computedSteps = [0, 1, 2, 3, 4, 5];

async function toyPair(seed: number) {
  const model = createLooseToyModel();
  return { model, teacher: await recordTeacher(model, torchRandn(seed, 32), fine) };
}

describe('teacherAt', () => {
  it('is the teacher’s own state at its levels and the middle of two in between', async () => {
    const { teacher } = await toyPair(1);
    const [third, fourth] = [teacher.latents[3] ?? [], teacher.latents[4] ?? []];
    expect(teacherAt(teacher, fine[3] ?? 0)).toBe(third);
    const middle = teacherAt(teacher, ((fine[3] ?? 0) + (fine[4] ?? 0)) / 2);
    middle.forEach((value, index) => expect(value).toBeCloseTo(((third[index] ?? 0) + (fourth[index] ?? 0)) / 2, 5));
    expect(() => teacherAt(teacher, -0.1)).toThrow(RangeError);
  });
});

describe('fitMultistep', () => {
  it('gives a policy with which the sampler reaches the fit’s own latents, nearer than plain steps on unseen pairs', async () => {
    const [calibration, validation] = [await Promise.all([1, 2, 3, 4].map(toyPair)), await Promise.all([11, 12, 13, 14].map(toyPair))];
    const fit = await fitMultistep(calibration, validation, coarse);
    const policy = { stepCount: 6, sigmas: coarse, computedSteps, payload: 'multistep', coefficients: fit.coefficients } as const;
    expect(policyProblems(policy)).toEqual([]);
    const run = ({ model, teacher }: (typeof calibration)[number]) =>
      sampleEuler(createCachedDenoiser(model, policy, cpuTensorOps).denoise, teacher.latents[0] ?? new Float32Array(0), coarse, cpuTensorOps);
    for (const [index, pair] of calibration.entries()) expect(await run(pair)).toEqual(fit.calibrationLatents[index]);
    let [ours, plain] = [0, 0];
    for (const pair of await Promise.all([21, 22, 23, 24].map(toyPair))) {
      const reference = pair.teacher.latents.at(-1) ?? [];
      const fewer = await sampleEuler(createUncachedDenoiser(pair.model, cpuTensorOps), pair.teacher.latents[0] ?? new Float32Array(0), coarse, cpuTensorOps);
      ours += meanSquaredError(reference, await run(pair));
      plain += meanSquaredError(reference, fewer);
    }
    expect(ours).toBeLessThan(0.8 * plain);
  });

  it('is exact on a line in σ from the second step on', async () => {
    const ledger = createLedger();
    const model = withoutBooks(createAnalyticModel({ offset: [1, -2, 3], slope: [3, 0.5, -1], bend: [0, 0, 0] }, ledger), ledger);
    const teacher = await recordTeacher(model, torchRandn(1, 3), fine);
    const { calibrationLatents } = await fitMultistep([{ model, teacher }], [], coarse, 1e-12);
    calibrationLatents[0]?.forEach((value, index) => expect(value).toBeCloseTo(teacher.latents.at(-1)?.[index] ?? 0, 4));
  });

  it('needs a pair', async () => {
    await expect(fitMultistep([], [], coarse)).rejects.toThrow(RangeError);
  });
});
