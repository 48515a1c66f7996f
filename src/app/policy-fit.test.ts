import { describe, expect, test } from 'vitest';
import type { PolicyFile } from '../core/policy.ts';
import { fitOf, stepsToChoose } from './policy-fit.ts';

const model = { id: 'tiny', binding: 'aa', pipeline: 'flux', defaults: { stepCount: 28 } } as const;

const policy = (stepCount: number, change: Partial<PolicyFile> = {}): PolicyFile => ({
  format: 'budcache-policy/1',
  name: 'a policy',
  model: { kind: 'bound', id: 'tiny', binding: 'aa' },
  stepCount,
  sigmas: Array.from({ length: stepCount + 1 }, (_, index) => 1 - index / stepCount),
  computedSteps: [0],
  payload: 'reuse',
  evidence: null,
  provenance: '',
  ...change,
});
const portable = { model: { kind: 'portable', architecture: 'flux' } } as const;
const multistep = { payload: 'multistep' } as const;

describe('a policy', () => {
  test.each([
    ['bound, at its steps', policy(28), 28, { kind: 'usable' }],
    ['bound, at other steps', policy(28), 20, { kind: 'other-steps', stepCount: 28 }],
    ['portable, at its steps', policy(50, portable), 50, { kind: 'usable' }],
    ['portable, at other steps', policy(50, portable), 28, { kind: 'other-steps', stepCount: 50 }],
    ['multistep, where the usual run is chosen', policy(8, multistep), 28, { kind: 'usable' }],
    ['multistep, where its own steps are', policy(8, multistep), 8, { kind: 'usable' }],
    ['multistep, at other steps', policy(8, multistep), 20, { kind: 'other-steps', stepCount: 28 }],
    ['multistep, longer than the usual run', policy(40, multistep), 28, { kind: 'other-steps', stepCount: 40 }],
  ])('%s', (_, file, stepCount, fit) => {
    expect(fitOf(file, model, stepCount)).toEqual(fit);
  });

  test.each([
    ['another model', policy(28, { model: { kind: 'bound', id: 'other', binding: 'aa' } }), 'not for “tiny”'],
    ['another version', policy(28, { model: { kind: 'bound', id: 'tiny', binding: 'bb' } }), 'another version'],
    ['another architecture', policy(28, { model: { kind: 'portable', architecture: 'wan' } }), 'architecture'],
  ])('for %s does not fit at any number of steps', (_, file, words) => {
    expect(fitOf(file, model, 28)).toMatchObject({ kind: 'misfit', reason: expect.stringContaining(words) as string });
  });

  test('says which steps to choose for it', () => {
    expect([policy(28), policy(8, multistep), policy(50, portable)].map((file) => stepsToChoose(file, model))).toEqual([28, 28, 50]);
  });
});

describe('a policy that decides while sampling', () => {
  const rule = (method: 'teacache' | 'easycache') => ({ rule: { method, threshold: 0.3, forcedFirst: 1, forceLast: true, coefficients: [] } });

  test('is offered where the model has the graph that it looks through', () => {
    const probed = { ...model, components: { modulated: {} } };
    expect(fitOf(policy(28, rule('teacache')), probed, 28)).toEqual({ kind: 'usable' });
    expect(fitOf(policy(28, rule('easycache')), model, 28)).toEqual({ kind: 'usable' });
    expect(fitOf(policy(28, rule('teacache')), model, 28)).toMatchObject({ kind: 'misfit', reason: expect.stringContaining('modulated') as string });
  });
});
