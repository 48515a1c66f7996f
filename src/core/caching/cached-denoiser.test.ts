import { describe, expect, it } from 'vitest';
import type { CachePolicy } from '../policy.ts';
import { cpuTensorOps } from '../sampling/cpu-tensor-ops.ts';
import { sampleEuler } from '../sampling/euler.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { torchRandn } from '../rng/torch-randn.ts';
import { createLedger } from '../test-support/ledger-ops.ts';
import { createToyModel } from '../test-support/toy-model.ts';
import { createCachedDenoiser } from './cached-denoiser.ts';
import type { StepDecision } from './decisions.ts';
import { decisionLetters } from './decisions.ts';
import { createUncachedDenoiser } from './uncached-denoiser.ts';

const STEP_COUNT = 6;
const sigmas = fluxSigmas(STEP_COUNT, 64);
const policyOf = (computedSteps: readonly number[]): CachePolicy => ({ stepCount: STEP_COUNT, sigmas, computedSteps, payload: 'reuse' });
const stepAt = (stepIndex: number) => ({ stepIndex, sigma: sigmas[stepIndex] ?? 0, sigmaNext: sigmas[stepIndex + 1] ?? 0 });

async function runCached(computedSteps: readonly number[], runs = 1) {
  const ledger = createLedger();
  const model = createToyModel(ledger);
  const noise = ledger.own(torchRandn(5, 16));
  const decisions: StepDecision[] = [];
  const cached = createCachedDenoiser(model, policyOf(computedSteps), ledger.ops, (_, decision) => decisions.push(decision));
  const results: Float32Array[] = [];
  for (let run = 0; run < runs; run++) results.push(await sampleEuler(cached.denoise, noise, sigmas, ledger.ops));
  return { results, ledger, calls: model.calls.join(''), letters: decisionLetters(decisions), cached, noise };
}

async function runFull(): Promise<Float32Array> {
  const ledger = createLedger();
  const denoiser = createUncachedDenoiser(createToyModel(ledger), ledger.ops);
  const latents = await sampleEuler(denoiser, ledger.own(torchRandn(5, 16)), sigmas, ledger.ops);
  expect(ledger.alive()).toBe(2);
  return latents;
}

describe('a policy that computes every step', () => {
  it('is the uncached sampler, bit for bit', async () => {
    const { results } = await runCached([0, 1, 2, 3, 4, 5]);
    expect(results[0]).toEqual(await runFull());
  });

  it('is needed for that: one reused step changes the result', async () => {
    const { results } = await runCached([0, 1, 2, 4, 5]);
    expect(results[0]).not.toEqual(await runFull());
  });
});

describe('the cached graph', () => {
  it('equals the full one when given the residual of the same latents and σ', async () => {
    const ledger = createLedger();
    const model = createToyModel(ledger);
    const latents = ledger.own(torchRandn(1, 16));
    const { velocity, residual } = await model.full(latents, stepAt(2));
    const again = await model.cached(latents, stepAt(2), residual);
    const differences = [...again].map((value, index) => Math.abs(value - (velocity[index] ?? Number.NaN)));
    expect(Math.max(...differences)).toBeLessThan(1e-6);
  });
});

describe('the steps taken', () => {
  it.each([
    ['CRRCRC', [0, 3, 5], 'FCCFCF'],
    ['CRRRRR', [0], 'FCCCCC'],
    ['CCCCCC', [0, 1, 2, 3, 4, 5], 'FFFFFF'],
    ['CCRRRC', [0, 1, 5], 'FFCCCF'],
  ])('%s', async (letters, computedSteps, calls) => {
    const run = await runCached(computedSteps);
    expect(run.letters).toBe(letters);
    expect(run.calls).toBe(calls);
  });

  it('reuses the last computed residual, not an older one', async () => {
    const seen: Float32Array[] = [];
    const model = {
      full: async (_: Float32Array, { stepIndex }: { stepIndex: number }) => ({ velocity: Float32Array.of(0), residual: Float32Array.of(stepIndex) }),
      cached: async (_: Float32Array, __: unknown, residual: Float32Array) => {
        seen.push(residual);
        return Float32Array.of(0);
      },
    };
    const { denoise } = createCachedDenoiser(model, policyOf([0, 2, 3]), cpuTensorOps);
    await sampleEuler(denoise, Float32Array.of(1), sigmas, cpuTensorOps);
    expect(seen.map((residual) => residual[0])).toEqual([0, 3, 3]);
  });
});

describe('memory', () => {
  it('keeps one residual at a time and none at the end', async () => {
    const { ledger } = await runCached([0, 1, 3, 5]);
    expect(ledger.alive()).toBe(2);
    // Noise, latents, next latents, velocity, residual.
    expect(ledger.peak()).toBeLessThanOrEqual(5);
  });

  it('starts afresh at step 0 with the same result', async () => {
    const { results } = await runCached([0, 2], 2);
    expect(results[1]).toEqual(results[0]);
  });

  it('gives the residual back when a run ends early', async () => {
    const { ledger, cached, noise } = await runCached([0, 2], 0);
    ledger.ops.release(await cached.denoise(noise, stepAt(0)));
    expect(ledger.alive()).toBe(2);
    cached.dispose();
    expect(ledger.alive()).toBe(1);
  });
});

describe('a mismatch', () => {
  it('throws for a step out of order', async () => {
    const { cached, noise } = await runCached([0, 2], 0);
    await cached.denoise(noise, stepAt(0));
    await expect(cached.denoise(noise, stepAt(2))).rejects.toThrow('expects step 1 of 6, not step 2');
  });

  it('throws when the first step asked for is not step 0', async () => {
    const { cached, noise } = await runCached([0, 2], 0);
    await expect(cached.denoise(noise, stepAt(1))).rejects.toThrow(RangeError);
  });

  it('throws for other noise levels', async () => {
    const { cached, ledger, noise } = await runCached([0, 2], 0);
    await expect(sampleEuler(cached.denoise, noise, fluxSigmas(STEP_COUNT, 4096), ledger.ops)).rejects.toThrow('noise levels');
  });

  it('throws for more steps than the policy has', async () => {
    const { cached, ledger, noise } = await runCached([0, 2], 0);
    await expect(sampleEuler(cached.denoise, noise, [...sigmas.slice(0, -1), 0.01, 0], ledger.ops)).rejects.toThrow(RangeError);
  });

  it('throws for a policy that cannot be run', () => {
    expect(() => createCachedDenoiser(createToyModel(createLedger()), policyOf([1, 2]), cpuTensorOps)).toThrow('first computed step');
  });
});
