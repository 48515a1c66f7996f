import { describe, expect, it } from 'vitest';
import { createCachedDenoiser } from '../src/core/caching/cached-denoiser.ts';
import { createUncachedDenoiser } from '../src/core/caching/uncached-denoiser.ts';
import type { StepContext } from '../src/core/denoiser.ts';
import { seededRandom } from '../src/core/rng/seeded-random.ts';
import { torchRandn } from '../src/core/rng/torch-randn.ts';
import { cpuTensorOps } from '../src/core/sampling/cpu-tensor-ops.ts';
import { sampleEuler } from '../src/core/sampling/euler.ts';
import { fluxSigmas } from '../src/core/sampling/sigmas.ts';
import { randomMask } from '../src/core/search/random-mask.ts';
import { createLedger } from '../src/core/test-support/ledger-ops.ts';
import { createToyModel } from '../src/core/test-support/toy-model.ts';
import { createPrefixRuns } from './prefix-runs.ts';

const STEP_COUNT = 12;
const sigmas = fluxSigmas(STEP_COUNT, 64);
const noise = torchRandn(8, 16);

/** The toy model on plain tensors, whose life nobody watches. */
function toyModel() {
  const ledger = createLedger();
  const toy = createToyModel(ledger);
  return {
    calls: toy.calls,
    full: (latents: Float32Array, step: StepContext) => toy.full(ledger.own(latents), step),
    cached: (latents: Float32Array, step: StepContext, residual: Float32Array) => toy.cached(ledger.own(latents), step, ledger.own(residual)),
  };
}

describe('createPrefixRuns', () => {
  it('gives the plain sampler’s latents, bit for bit, for many masks in a row', async () => {
    const runs = createPrefixRuns(toyModel(), noise, sigmas);
    const random = seededRandom(1);
    for (let draw = 0; draw < 40; draw++) {
      const computedSteps = randomMask({ stepCount: STEP_COUNT, nfe: 5, prefix: 1 }, random);
      const policy = { stepCount: STEP_COUNT, sigmas, computedSteps, payload: 'reuse' } as const;
      const { denoise } = createCachedDenoiser(toyModel(), policy, cpuTensorOps);
      expect(await runs.finalLatents(computedSteps)).toEqual(await sampleEuler(denoise, noise, sigmas, cpuTensorOps));
    }
  });

  it('gives the uncached sampler’s latents when every step is computed', async () => {
    const full = await sampleEuler(createUncachedDenoiser(toyModel(), cpuTensorOps), noise, sigmas, cpuTensorOps);
    expect(await createPrefixRuns(toyModel(), noise, sigmas).finalLatents(sigmas.slice(1).map((_, step) => step))).toEqual(full);
  });

  it('runs a shared beginning once', async () => {
    const model = toyModel();
    const runs = createPrefixRuns(model, noise, sigmas);
    await runs.finalLatents([0, 3, 9]);
    expect(model.calls).toHaveLength(12);
    await runs.finalLatents([0, 3, 10]);
    expect(model.calls).toHaveLength(12 + 3);
    await runs.finalLatents([0, 3, 9]);
    expect(model.calls).toHaveLength(12 + 3);
  });

  it('refuses a mask that does not compute step 0', async () => {
    await expect(createPrefixRuns(toyModel(), noise, sigmas).finalLatents([1, 2])).rejects.toThrow(RangeError);
  });
});
