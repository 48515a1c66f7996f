import { describe, expect, it } from 'vitest';
import { parsePolicyShape } from './policy-schema.ts';

const plain = {
  format: 'budcache-policy/1',
  name: 'two of four',
  model: { kind: 'portable', architecture: 'flux' },
  stepCount: 4,
  sigmas: [1, 0.8, 0.5, 0.2, 0],
  computedSteps: [0, 2],
  payload: 'reuse',
  evidence: null,
  provenance: 'test',
};
const weights = [0.9, 0.1];

describe('parsePolicyShape', () => {
  it.each([
    ['plain reuse, as before', {}],
    ['Taylor', { payload: 'taylor' }],
    ['a parameter', { payload: 'two-anchor', parameter: 1.3 }],
    ['a rule', { rule: { method: 'teacache', threshold: 0.3, forcedFirst: 1, forceLast: true, coefficients: [0, 1] } }],
    ['coefficients', { payload: 'fitted', coefficients: [{ stepIndex: 1, basis: 'heads', weights }] }],
  ])('takes %s, and keeps it as it is', (_, change) => {
    const file = { ...plain, ...change };
    expect(parsePolicyShape(file)).toEqual({ ok: true, value: file });
  });

  it.each([
    ['an unknown payload', { payload: 'guess' }],
    ['an unknown basis', { coefficients: [{ stepIndex: 1, basis: 'tails', weights }] }],
    ['four weights', { coefficients: [{ stepIndex: 1, basis: 'velocities', weights: [1, 2, 3, 4] }] }],
    ['no weight', { coefficients: [{ stepIndex: 1, basis: 'velocities', weights: [] }] }],
    ['a weight that is no number', { coefficients: [{ stepIndex: 1, basis: 'heads', weights: [null] }] }],
    ['an unknown rule', { rule: { method: 'guess', threshold: 0.3, forcedFirst: 1, forceLast: true, coefficients: [] } }],
    ['a threshold of nothing', { rule: { method: 'dicache', threshold: 0, forcedFirst: 1, forceLast: true, coefficients: [] } }],
    ['a field too many', { coefficients: [{ stepIndex: 1, basis: 'heads', weights, extra: 1 }] }],
    ['a parameter that is no number', { parameter: '1' }],
  ])('refuses %s', (_, change) => {
    expect(parsePolicyShape({ ...plain, ...change })).toMatchObject({ ok: false, error: { code: 'policy-invalid' } });
  });
});
