import { describe, expect, it } from 'vitest';
import type { PolicyFile } from '../policy.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { mapPolicy } from './map-policy.ts';

const policy: PolicyFile = {
  format: 'budcache-policy/1',
  name: 'nine',
  model: { kind: 'bound', id: 'scenes', binding: 'ab'.repeat(32) },
  stepCount: 50,
  sigmas: fluxSigmas(50, 4096),
  computedSteps: [0, 1, 2, 4, 7, 13, 20, 39, 49],
  payload: 'reuse',
  evidence: null,
  provenance: 'A study.',
};

describe('mapPolicy', () => {
  it.each([28, 12, 9])('keeps the budget to the step at %i steps, and claims nothing', (stepCount) => {
    const mapped = mapPolicy(policy, fluxSigmas(stepCount, 64), 'flux');
    if (!mapped.ok) throw new Error(mapped.error.message);
    const { computedSteps, model, evidence, provenance, name } = mapped.value;
    expect(new Set(computedSteps).size).toBe(9);
    expect(computedSteps[0]).toBe(0);
    expect(mapped.value.stepCount).toBe(stepCount);
    expect(model).toEqual({ kind: 'portable', architecture: 'flux' });
    expect(evidence).toBeNull();
    expect(provenance).toMatch(/from 50 to \d+ steps.*Not verified.*A study\./);
    expect(name).toBe(`nine, mapped to ${stepCount}`);
  });

  it('changes no mask at its own noise levels', () => {
    expect(mapPolicy(policy, policy.sigmas, 'flux')).toMatchObject({ ok: true, value: { computedSteps: policy.computedSteps } });
  });

  it('keeps a payload’s parameter', () => {
    const mapped = mapPolicy({ ...policy, payload: 'two-anchor', parameter: 0.3 }, fluxSigmas(28, 64), 'flux');
    expect(mapped).toMatchObject({ ok: true, value: { payload: 'two-anchor', parameter: 0.3 } });
  });

  it('refuses a budget that does not fit, and fitted coefficients', () => {
    expect(mapPolicy(policy, fluxSigmas(8, 64), 'flux')).toMatchObject({ ok: false, error: { message: '9 computed steps do not fit into 8.' } });
    expect(mapPolicy({ ...policy, payload: 'fitted', coefficients: [] }, fluxSigmas(28, 64), 'flux')).toMatchObject({ ok: false });
  });
});
