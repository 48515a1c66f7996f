import { describe, expect, it } from 'vitest';
import { createCachedDenoiser } from './cached-denoiser.ts';
import { createUncachedDenoiser } from './uncached-denoiser.ts';
import { seededRandom } from '../rng/seeded-random.ts';
import { torchRandn } from '../rng/torch-randn.ts';
import { cpuTensorOps } from '../sampling/cpu-tensor-ops.ts';
import { sampleEuler } from '../sampling/euler.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { randomMask } from '../search/random-mask.ts';
import { createLooseToyModel } from '../test-support/loose-model.ts';
import { createPrefixRuns } from './prefix-runs.ts';

const STEP_COUNT = 12;
const sigmas = fluxSigmas(STEP_COUNT, 64);
const noise = torchRandn(8, 16);

describe('createPrefixRuns', () => {
  it('gives the plain sampler’s latents, bit for bit, for many masks in a row', async () => {
    const runs = createPrefixRuns(createLooseToyModel(), noise, sigmas);
    const random = seededRandom(1);
    for (let draw = 0; draw < 40; draw++) {
      const computedSteps = randomMask({ stepCount: STEP_COUNT, nfe: 5, prefix: 1 }, random);
      const policy = { stepCount: STEP_COUNT, sigmas, computedSteps, payload: 'reuse' } as const;
      const { denoise } = createCachedDenoiser(createLooseToyModel(), policy, cpuTensorOps);
      expect(await runs.finalLatents(computedSteps)).toEqual(await sampleEuler(denoise, noise, sigmas, cpuTensorOps));
    }
  });

  it('gives the uncached sampler’s latents when every step is computed', async () => {
    const full = await sampleEuler(createUncachedDenoiser(createLooseToyModel(), cpuTensorOps), noise, sigmas, cpuTensorOps);
    expect(await createPrefixRuns(createLooseToyModel(), noise, sigmas).finalLatents(sigmas.slice(1).map((_, step) => step))).toEqual(full);
  });

  it('runs a shared beginning once', async () => {
    const model = createLooseToyModel();
    const runs = createPrefixRuns(model, noise, sigmas);
    await runs.finalLatents([0, 3, 9]);
    expect(model.calls).toHaveLength(12);
    await runs.finalLatents([0, 3, 10]);
    expect(model.calls).toHaveLength(12 + 3);
    await runs.finalLatents([0, 3, 9]);
    expect(model.calls).toHaveLength(12 + 3);
  });

  it('refuses a mask that does not compute step 0', async () => {
    await expect(createPrefixRuns(createLooseToyModel(), noise, sigmas).finalLatents([1, 2])).rejects.toThrow(RangeError);
  });
});
