import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PolicyFile } from '../../src/core/policy.ts';
import { staticShiftSigmas } from '../../src/core/sampling/scheduled-sigmas.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { planRun } from './plan.ts';

const manifest = JSON.parse(
  readFileSync(new URL('../../public/models/micro/manifest.json', import.meta.url), 'utf8'),
) as Manifest;

const request = { seed: 1, guidanceScale: manifest.guidance.default, stepCount: 4, policy: null };

const policy: PolicyFile = {
  format: 'budcache-policy/1',
  name: 'test',
  model: { kind: 'bound', id: manifest.id, binding: manifest.binding },
  stepCount: 4,
  sigmas: [1, 0.7, 0.4, 0.2, 0],
  computedSteps: [0, 2],
  payload: 'reuse',
  evidence: null,
  provenance: 'a test',
};

const withCode = (code: string): unknown => expect.objectContaining({ code });

const zImage = JSON.parse(readFileSync(new URL('../../public/models/micro-z-image/manifest.json', import.meta.url), 'utf8')) as Manifest;

describe('planRun', () => {
  it('takes Z-Image’s noise levels, negative prompt and noise', () => {
    const plan = planRun(zImage, { ...request, negativePrompt: 'rain', noise: new Float32Array(16 * 16 * 16) });
    expect(plan.sigmas).toEqual(staticShiftSigmas(4, 3));
  });

  it('takes the scheduler’s noise levels without a policy, the policy’s own with one', () => {
    const full = planRun(manifest, request);
    expect(full.sigmas).toHaveLength(5);
    expect(full.sigmas).not.toEqual(policy.sigmas);
    expect(planRun(manifest, { ...request, policy }).sigmas).toEqual(policy.sigmas);
  });

  it('takes a portable policy of the same architecture and step count', () => {
    const portable: PolicyFile = { ...policy, model: { kind: 'portable', architecture: 'flux' } };
    expect(planRun(manifest, { ...request, policy: portable }).policy).toEqual(portable);
  });

  it.each<[string, Partial<PolicyFile>]>([
    ['another model', { model: { kind: 'bound', id: 'other', binding: manifest.binding } }],
    ['another version of the model', { model: { kind: 'bound', id: manifest.id, binding: '0'.repeat(64) } }],
    ['another architecture', { model: { kind: 'portable', architecture: 'wan' } }],
    ['another step count', { stepCount: 3, sigmas: [1, 0.5, 0.2, 0] }],
  ])('refuses a policy for %s', (_name, change) => {
    const wrong = { ...request, policy: { ...policy, ...change } };
    expect(() => planRun(manifest, wrong)).toThrow(withCode('policy-mismatch') as Error);
  });

  it.each<[string, Partial<PolicyFile>]>([
    ['does not compute step 0', { computedSteps: [1, 2] }],
    ['does not end at noise level 0', { sigmas: [1, 0.7, 0.4, 0.2, 0.1] }],
    ['has no noise levels', { sigmas: undefined as unknown as number[] }],
  ])('refuses a policy that %s', (_name, change) => {
    const wrong = { ...request, policy: { ...policy, ...change } };
    expect(() => planRun(manifest, wrong)).toThrow(withCode('policy-invalid') as Error);
  });

  it.each([
    ['no steps', { stepCount: 0 }],
    ['half a step', { stepCount: 2.5 }],
    ['a negative seed', { seed: -1 }],
    ['a seed of 33 bits', { seed: 2 ** 32 }],
    ['guidance beyond the model’s range', { guidanceScale: manifest.guidance.max + 1 }],
    ['guidance that is no number', { guidanceScale: Number.NaN }],
    ['noise of another size', { noise: new Float32Array(3) }],
    ['a negative prompt, which FLUX does not take', { negativePrompt: 'rain' }],
  ])('refuses a request with %s', (_name, change) => {
    expect(() => planRun(manifest, { ...request, ...change })).toThrow(withCode('request-invalid') as Error);
  });
});
