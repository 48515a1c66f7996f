import { describe, expect, test } from 'vitest';
import type { PolicyFile } from '../core/policy.ts';
import { bindingWords, policyDetails, predictedText, worthText } from './policy-worth.ts';

const file: PolicyFile = {
  format: 'budcache-policy/1',
  name: '2 of 4',
  model: { kind: 'bound', id: 'tiny', binding: 'aa' },
  stepCount: 4,
  sigmas: [1, 0.8, 0.5, 0.2, 0],
  computedSteps: [0, 2],
  payload: 'reuse',
  evidence: {
    objective: 'latent-mse',
    objectiveValue: 0.0123456,
    latentPsnrDb: 31.24,
    latentPsnrIntervalDb: [30.11, 32.39],
    calibrationPairs: 1,
    validationPairs: 16,
    search: 'annealing',
    seed: 3,
    evaluations: 169,
    seconds: 12,
  },
  provenance: 'a test',
};
const { evidence } = file;
if (evidence === null) throw new Error('no evidence');
const { latentPsnrIntervalDb: _, ...withoutInterval } = evidence;

describe('the worth of a policy', () => {
  test('is its PSNR with the interval, where there is one', () => {
    expect(worthText(file)).toBe('31.2 dB (30.1 to 32.4)');
    expect(worthText({ ...file, evidence: withoutInterval })).toBe('31.2 dB');
  });

  test('is unknown where nobody measured it', () => {
    expect(worthText({ ...file, evidence: null })).toBeNull();
    expect(worthText({ ...file, evidence: { ...evidence, latentPsnrDb: null } })).toBeNull();
  });
});

test('the seconds are those of this machine', () => {
  expect(predictedText(file, { fullMs: 1000, cachedMs: 100, textMs: 50, vaeMs: 150 })).toBe('about 2.4 s');
  expect(predictedText(file, null)).toBeNull();
});

test('a portable policy is said to be unverified', () => {
  expect(bindingWords(file)).toBe('bound to this model');
  expect(bindingWords({ ...file, model: { kind: 'portable', architecture: 'flux' } })).toMatch(/not verified/);
});

describe('the details', () => {
  const rows = (policy: PolicyFile): Record<string, string> => Object.fromEntries(policyDetails(policy));

  test('count steps from 1 and tell the whole evidence', () => {
    expect(rows(file)).toMatchObject({
      'Computed steps': '1, 3',
      'Skipped steps': expect.stringMatching(/^2, formed by reuse.*; 2 calls/) as string,
      'Close to the full run': '31.24 dB latent PSNR, mean; 95 % interval 30.11 to 32.39 dB, on 16 pairs of prompt and seed',
      Objective: 'latent-mse 0.01235 on 1 calibration pair',
      'Search effort': 'seed 3, 169 evaluations, 12 s',
      Provenance: 'a test',
    });
  });

  test('say what is missing', () => {
    expect(rows({ ...file, evidence: null, provenance: '' })).toMatchObject({ Evidence: expect.stringMatching(/^none/) as string, Provenance: 'not recorded' });
    expect(rows({ ...file, computedSteps: [0, 1, 2, 3], payload: 'multistep' })).toMatchObject({ 'Skipped steps': 'none', Kind: expect.stringMatching(/^multistep/) as string });
  });
});
