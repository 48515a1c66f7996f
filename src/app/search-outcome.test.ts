import { describe, expect, it } from 'vitest';
import { policyProblems } from '../core/caching/policy-checks.ts';
import type { PolicyFile } from '../core/policy.ts';
import { fluxSigmas } from '../core/sampling/sigmas.ts';
import { planPageSearch } from '../core/search/page-plan.ts';
import type { PageSearchOutcome } from '../core/search/page-search-types.ts';
import { parsePolicyFile } from '../storage/policy-file.ts';
import type { SearchRecord } from '../storage/search-record.ts';
import { describePayback, picturesUntilPaid, policyFromSearch, verdictOf } from './search-outcome.ts';
import { policyOfMask } from './search-host.ts';
import { distinctPrompts, searchPairs } from './search-pairs.ts';

const costs = { fullMs: 100, cachedMs: 0, textMs: 10, vaeMs: 90 };
const { plan, expectedMs } = planPageSearch({ stepCount: 28, sigmas: fluxSigmas(28, 64), nfe: 8, seed: 7, effortMs: 60_000, calibrationPairs: 3, costs, knownMasks: [] });
const outcome: PageSearchOutcome = {
  mask: [0, 1, 3, 6, 10, 15, 20, 24],
  coefficients: null,
  payloadGainDb: null,
  objectiveValue: -6.5,
  calibrationPsnrDb: 39,
  validationPsnrDb: 38.5,
  ownPsnrDb: [38, 39, 40],
  rivalPsnrDb: [37, 37.5, 39],
  finalists: 3,
  masksTried: 1234,
  realRuns: 150,
};
const record: SearchRecord = {
  modelId: 'tiny',
  binding: 'ab'.repeat(32),
  plan,
  pairs: [{ prompt: 'a cube', seed: 1, guidanceScale: 4 }],
  rival: null,
  expectedMs,
  spentMs: 41_000,
  outcome,
  policyId: null,
};
const rival: PolicyFile = { ...policyOfMask(record, outcome.mask), name: '8 of 28 steps' };

describe('the verdict', () => {
  it('is better or worse only where the interval of the paired differences says so', () => {
    expect(verdictOf(outcome)).toMatchObject({ kind: 'better', ownDb: 39, difference: { mean: expect.closeTo(1.1667, 3) as number } });
    expect(verdictOf({ ...outcome, ownPsnrDb: [36, 36, 38] }).kind).toBe('worse');
    expect(verdictOf({ ...outcome, ownPsnrDb: [36, 38, 39] }).kind).toBe('same');
  });

  it('says it in words, with the figures', () => {
    expect(verdictOf(outcome).text).toMatch(/closer to the full run than the shipped policy: 39\.0 dB against 37\.8 dB, a difference of \+1\.2 dB/);
    expect(verdictOf({ ...outcome, ownPsnrDb: [36, 36, 38] }).text).toMatch(/worse than the shipped policy.*−1\.2 dB.*keep the shipped one/);
    expect(verdictOf({ ...outcome, rivalPsnrDb: null })).toMatchObject({ kind: 'alone', text: expect.stringContaining('nothing to compare') as string });
  });
});

describe('what a search is paid for by', () => {
  it('is the pictures whose saved seconds make up for its own', () => {
    // 28 · 100 ms against 8 · 100 ms.
    const policy = policyOfMask(record, outcome.mask);
    expect(picturesUntilPaid(41_000, costs, policy)).toBe(21);
    expect(picturesUntilPaid(1, costs, policy)).toBe(1);
    expect(picturesUntilPaid(41_000, costs, policyOfMask(record, Array.from({ length: 28 }, (_, step) => step)))).toBeNull();
    // Fitted sums of two heads call the cached graph twice.
    const heads = policy.sigmas.slice(1).flatMap((_, stepIndex) => (outcome.mask.includes(stepIndex) ? [] : [{ stepIndex, basis: 'heads' as const, weights: [1, 0.1] }]));
    expect(picturesUntilPaid(41_000, { ...costs, cachedMs: 25 }, policyOfMask(record, outcome.mask, heads))).toBe(41);
  });

  it('is told with what was spent, and never as seconds against the shipped policy', () => {
    expect(describePayback(record, outcome, costs)).toBe('The search took 41 s and 150 real runs. Against full runs it has paid for itself after 21 pictures.');
    expect(describePayback({ ...record, rival }, outcome, costs)).toMatch(/never seconds\.$/);
    expect(describePayback(record, outcome, null)).toBe('The search took 41 s and 150 real runs.');
  });
});

describe('the found policy', () => {
  it('is one that the page takes in, bound, with its evidence', () => {
    const policy = policyFromSearch({ ...record, rival }, outcome, 'wasm');
    expect(parsePolicyFile(structuredClone(policy))).toEqual({ ok: true, value: policy });
    expect(policyProblems(policy)).toEqual([]);
    expect(policy.model).toEqual({ kind: 'bound', id: 'tiny', binding: record.binding });
    expect(policy.computedSteps).toEqual(outcome.mask);
    expect(policy.evidence).toMatchObject({ latentPsnrDb: 39, calibrationPairs: plan.pairs.calibration, validationPairs: plan.pairs.comparison, evaluations: 150, seconds: 41, seed: 7 });
    expect(policy.evidence?.search).toContain('Compared with “8 of 28 steps”');
  });

  it('takes its fitted payload along, and says what it won', () => {
    const coefficients = Array.from({ length: 28 }, (_, step) => step)
      .filter((step) => !outcome.mask.includes(step))
      .map((stepIndex) => ({ stepIndex, basis: 'heads' as const, weights: [1.1] }));
    const policy = policyFromSearch(record, { ...outcome, coefficients, payloadGainDb: 2.34 }, 'wasm');
    expect(policyProblems(policy)).toEqual([]);
    expect(parsePolicyFile(structuredClone(policy))).toEqual({ ok: true, value: policy });
    expect(policy).toMatchObject({ payload: 'fitted', coefficients });
    expect(policy.evidence?.search).toContain('fitted to this mask, +2.3 dB over plain reuse');
    expect(policyFromSearch(record, outcome, 'wasm').evidence?.search).toContain('did not help');
  });

  it('states no PSNR where a pair came out equal', () => {
    const perfect = policyFromSearch(record, { ...outcome, ownPsnrDb: [Infinity, 40, 41] }, 'wasm');
    expect(perfect.evidence?.latentPsnrDb).toBeNull();
    expect(parsePolicyFile(structuredClone(perfect)).ok).toBe(true);
  });
});

describe('the pairs', () => {
  const counts = { calibration: 3, validation: 2, comparison: 3 };

  it('are each of its own: no two sets share one', () => {
    for (const chosen of [['a'], ['a', 'b'], ['a', 'b', 'c', 'd', 'e']]) {
      const pairs = searchPairs(counts, { chosen, others: ['x', 'y'], guidanceScale: 4, seed: 0xffff_fffe });
      expect(new Set(pairs.map(({ prompt, seed }) => `${prompt} ${seed}`)).size).toBe(8);
      expect(pairs.every(({ seed }) => seed >= 0 && seed <= 0xffff_ffff)).toBe(true);
    }
  });

  it('calibrate on the chosen prompts in turn and judge by others', () => {
    const prompts = (chosen: readonly string[], others: readonly string[]): string[] => searchPairs(counts, { chosen, others, guidanceScale: 4, seed: 1 }).map(({ prompt }) => prompt);
    expect(prompts(['a', 'b'], ['x', 'y', 'a'])).toEqual(['a', 'b', 'a', 'x', 'y', 'x', 'y', 'x']);
    expect(prompts(['a', 'b', 'c', 'd'], ['x'])).toEqual(['a', 'b', 'c', 'd', 'x', 'd', 'x', 'd']);
    expect(prompts(['a'], [])).toEqual(Array.from({ length: 8 }, () => 'a'));
  });

  it('take each prompt once', () => {
    expect(distinctPrompts([' a', 'a', '', 'b '])).toEqual(['a', 'b']);
  });
});
