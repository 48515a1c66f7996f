import { describe, expect, it } from 'vitest';
import { createLedger } from '../test-support/ledger-ops.ts';
import { createToyModel } from '../test-support/toy-model.ts';
import { sampleEuler } from '../sampling/euler.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import type { CachePolicy, StepCoefficients } from '../policy.ts';
import { createCachedDenoiser } from './cached-denoiser.ts';
import { cachedCallsOf, predictedLoopMs, predictedPolicyMs, predictedRunMs } from './cost.ts';

const costs = { fullMs: 100, cachedMs: 2, textMs: 30, vaeMs: 40 };

describe('predicted cost', () => {
  it('is NFE full calls and the rest cached ones', () => {
    expect(predictedLoopMs(costs, 10, 28)).toBe(1000 + 36);
  });

  it('adds text and decoder for the whole run', () => {
    expect(predictedRunMs(costs, 28, 28)).toBe(2870);
  });

  it('of a policy counts what it calls', () => {
    const policy: CachePolicy = { stepCount: 4, sigmas: [1, 0.7, 0.4, 0.2, 0], computedSteps: [0, 2], payload: 'reuse' };
    expect(predictedPolicyMs(costs, policy)).toBe(predictedRunMs(costs, 2, 4));
    expect(predictedPolicyMs(costs, { ...policy, payload: 'mean-velocity' })).toBe(30 + 200 + 40);
    expect(predictedPolicyMs(costs, { ...policy, payload: 'multistep', computedSteps: [0, 1, 2, 3] })).toBe(30 + 400 + 40);
  });

  it.each([0, 29, 1.5])('refuses a budget of %s of 28', (nfe) => {
    expect(() => predictedLoopMs(costs, nfe, 28)).toThrow(RangeError);
  });
});

describe('cachedCallsOf', () => {
  const fitted = (entries: readonly Omit<StepCoefficients, 'stepIndex'>[]): Partial<CachePolicy> => ({
    payload: 'fitted',
    coefficients: entries.map((entry, place) => ({ stepIndex: [1, 3, 5][place] ?? 0, ...entry })),
  });

  it.each<[string, Partial<CachePolicy>]>([
    ['reuse', {}],
    ['Taylor', { payload: 'taylor' }],
    ['mean velocity', { payload: 'mean-velocity' }],
    ['heads', fitted([{ basis: 'heads', weights: [1] }, { basis: 'heads', weights: [1, 2] }, { basis: 'heads', weights: [1] }])],
    ['all bases', fitted([{ basis: 'velocities', weights: [1] }, { basis: 'heads-and-velocity', weights: [1, 2] }, { basis: 'heads-and-velocity', weights: [1, 2, 3] }])],
  ])('of %s is what a run does', async (_, change) => {
    const ledger = createLedger();
    const model = createToyModel(ledger);
    const sigmas = fluxSigmas(6, 64);
    const policy: CachePolicy = { stepCount: 6, sigmas, computedSteps: [0, 2, 4], payload: 'reuse', ...change };
    await sampleEuler(createCachedDenoiser(model, policy, ledger.ops).denoise, ledger.own(Float32Array.of(1, 2)), sigmas, ledger.ops);
    expect(cachedCallsOf(policy)).toBe(model.calls.filter((call) => call === 'C').length);
  });
});
