import { describe, expect, it } from 'vitest';
import type { CachePolicy, FittedBasis, PolicyFile, PolicyModel } from '../policy.ts';
import type { ModelIdentity } from './policy-checks.ts';
import { misfitReason, policyProblems } from './policy-checks.ts';

const good: CachePolicy = { stepCount: 4, sigmas: [1, 0.8, 0.5, 0.2, 0], computedSteps: [0, 2], payload: 'reuse' };

describe('policyProblems', () => {
  it('finds nothing wrong with a good policy', () => {
    expect(policyProblems(good)).toEqual([]);
  });

  it('accepts a first noise level just below 1', () => {
    expect(policyProblems({ ...good, sigmas: [0.999999, 0.8, 0.5, 0.2, 0] })).toEqual([]);
  });

  it.each<[string, Partial<CachePolicy>, string]>([
    ['no steps', { stepCount: 0 }, 'whole number above 0'],
    ['half a step', { stepCount: 3.5 }, 'whole number above 0'],
    ['too few noise levels', { sigmas: [1, 0.5, 0] }, '4 steps need 5 noise levels; there are 3'],
    ['a noise level that is no number', { sigmas: [1, Number.NaN, 0.5, 0.2, 0] }, 'finite'],
    ['a noise level above 1', { sigmas: [1.2, 0.8, 0.5, 0.2, 0] }, 'not be above 1'],
    ['an end above 0', { sigmas: [1, 0.8, 0.5, 0.2, 0.1] }, 'last noise level must be 0'],
    ['equal noise levels', { sigmas: [1, 0.8, 0.8, 0.2, 0] }, 'number 3 does not'],
    ['rising noise levels', { sigmas: [1, 0.5, 0.8, 0.2, 0] }, 'number 3 does not'],
    ['nothing computed', { computedSteps: [] }, 'At least step 0'],
    ['a start after 0', { computedSteps: [1, 2] }, 'first computed step must be 0'],
    ['a step outside', { computedSteps: [0, 4] }, 'Step 4 is outside'],
    ['a negative step', { computedSteps: [0, -1] }, 'Step -1 is outside'],
    ['a step twice', { computedSteps: [0, 2, 2] }, '2 follows 2'],
    ['steps in disorder', { computedSteps: [0, 3, 1] }, '1 follows 3'],
    ['a fraction of a step', { computedSteps: [0, 1.5] }, 'whole numbers'],
    ['a step that is no number', { computedSteps: [0, Number.NaN] }, 'whole numbers'],
  ])('names %s', (_, change, words) => {
    expect(policyProblems({ ...good, ...change }).join(' ')).toContain(words);
  });

  const fitted = (weights: readonly number[], basis: FittedBasis = 'heads') =>
    ({ payload: 'fitted', coefficients: [1, 3].map((stepIndex) => ({ stepIndex, basis, weights })) }) as const;

  it.each<[string, Partial<CachePolicy>]>([
    ['a fitted weight for each skipped step', fitted([0.9])],
    ['a γ', { payload: 'two-anchor', parameter: 1.3 }],
    ['a span', { payload: 'mean-velocity', parameter: 6 }],
    ['no parameter', { payload: 'mean-velocity' }],
  ])('accepts %s', (_, change) => {
    expect(policyProblems({ ...good, ...change })).toEqual([]);
  });

  it.each<[string, Partial<CachePolicy>, string]>([
    ['coefficients of plain reuse', { coefficients: [] }, 'takes no coefficients'],
    ['missing coefficients', { payload: 'fitted' }, 'needed for the steps {1,3}'],
    ['coefficients of a computed step', { payload: 'fitted', coefficients: [{ stepIndex: 2, basis: 'heads', weights: [1] }] }, 'given for {2}'],
    ['more weights than anchors', fitted([1, 0]), 'Step 1 takes 1 to 1'],
    ['more weights than outputs', fitted([1, 0, 0, 0], 'velocities'), 'Step 1 takes 1 to 1'],
    ['a weight that is no number', fitted([Number.NaN]), 'finite'],
    ['a multistep policy that skips', { payload: 'multistep', coefficients: [] }, 'must compute every step'],
    ['a parameter of plain reuse', { parameter: 1 }, 'takes no parameter'],
    ['half a span', { payload: 'mean-velocity', parameter: 2.5 }, 'whole number from 1 to 6'],
    ['a γ that is no number', { payload: 'two-anchor', parameter: Number.NaN }, 'finite'],
  ])('names %s', (_, change, words) => {
    expect(policyProblems({ ...good, ...change }).join(' ')).toContain(words);
  });

  it('names every problem at once', () => {
    expect(policyProblems({ ...good, sigmas: [1.2, 0.8, 0.5, 0.2, 0.1], computedSteps: [1, 9] })).toHaveLength(4);
  });
});

describe('misfitReason', () => {
  const model: ModelIdentity = { id: 'scenes', binding: 'ab12', architecture: 'flux', stepCount: 4 };
  const file = (made: PolicyModel): PolicyFile => ({
    ...good,
    format: 'budcache-policy/1',
    name: 'two of four',
    model: made,
    evidence: null,
    provenance: 'test',
  });

  it('lets a bound policy run on its own model', () => {
    expect(misfitReason(file({ kind: 'bound', id: 'scenes', binding: 'ab12' }), model)).toBeNull();
  });

  it('lets a portable policy run on its architecture', () => {
    expect(misfitReason(file({ kind: 'portable', architecture: 'flux' }), model)).toBeNull();
  });

  it.each<[string, PolicyModel, Partial<ModelIdentity>, string]>([
    ['another model', { kind: 'bound', id: 'micro', binding: 'ab12' }, {}, '“micro”, not for “scenes”'],
    ['another version', { kind: 'bound', id: 'scenes', binding: 'cd34' }, {}, 'another version'],
    ['another architecture', { kind: 'portable', architecture: 'wan' }, {}, '“wan”, not for “flux”'],
    ['another step count', { kind: 'portable', architecture: 'flux' }, { stepCount: 28 }, '4 steps, not for 28'],
  ])('refuses %s', (_, made, change, words) => {
    expect(misfitReason(file(made), { ...model, ...change })).toContain(words);
  });
});
