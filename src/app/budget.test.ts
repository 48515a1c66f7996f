/** Budgets: which stops there are, what is said about them, and what the timeline draws. */
import { describe, expect, test } from 'vitest';
import type { PolicyFile } from '../core/policy.ts';
import type { StoredPolicy } from '../storage/policy-store.ts';
import { budgetStops, chosenPolicy, defaultStop, nearestStop, neighbourStop } from './budget-stops.ts';
import { describeMeasured, describePrediction, predictionHeadline } from './prediction-text.ts';
import { describeCell, timelineCells } from './timeline-model.ts';

const STEPS = 28;

function stored(nfe: number, source: StoredPolicy['source'] = 'shipped', name = `NFE ${nfe}`): StoredPolicy {
  const file: PolicyFile = {
    format: 'budcache-policy/1',
    name,
    model: { kind: 'bound', id: 'tiny', binding: '00' },
    stepCount: STEPS,
    sigmas: Array.from({ length: STEPS + 1 }, (_, index) => 1 - index / STEPS),
    computedSteps: Array.from({ length: nfe }, (_, index) => index),
    payload: 'reuse',
    evidence: null,
    provenance: '',
  };
  return { id: `${source}/${name}`, source, file };
}

describe('the stops', () => {
  const stops = budgetStops(STEPS, [stored(14), stored(6), stored(10, 'imported', 'Mine'), stored(10), stored(8)]);
  const nfes = stops.map(({ nfe }) => nfe);

  test('are the budgets that have a policy, and the full run', () => {
    expect(nfes).toEqual([6, 8, 10, 14, 28]);
    expect(stops.at(-1)?.choices).toMatchObject([{ policyId: null, file: null }]);
    expect(budgetStops(STEPS, []).map(({ nfe }) => nfe)).toEqual([28]);
  });

  test('offer shipped policies before imported ones', () => {
    expect(stops[2]?.choices.map(({ policyId }) => policyId)).toEqual(['shipped/NFE 10', 'imported/Mine']);
  });

  test('catch whatever lies between them', () => {
    expect([1, 7, 9, 12, 20, 22, 99].map((nfe) => nearestStop(stops, nfe).nfe)).toEqual([6, 6, 8, 10, 14, 28, 28]);
  });

  test('are walked one by one and end at the ends', () => {
    expect(neighbourStop(stops, 10, 1).nfe).toBe(14);
    expect(neighbourStop(stops, 10, -1).nfe).toBe(8);
    expect(neighbourStop(stops, 28, 1).nfe).toBe(28);
    expect(neighbourStop(stops, 10, -Infinity).nfe).toBe(6);
  });

  test('start at the nearest to a third', () => {
    expect(defaultStop(stops, STEPS).nfe).toBe(10);
    expect(defaultStop(budgetStops(STEPS, []), STEPS).nfe).toBe(28);
  });

  test('fall back to the first policy when the chosen one is gone', () => {
    const [, , ten] = stops;
    if (ten === undefined) throw new Error('no stop');
    expect(chosenPolicy(ten, 'imported/Mine').label).toBe('Mine (imported)');
    expect(chosenPolicy(ten, 'imported/Lost').policyId).toBe('shipped/NFE 10');
  });

  test('say that a portable policy is unverified', () => {
    const { id, source, file } = stored(6);
    const portable = { id, source, file: { ...file, model: { kind: 'portable', architecture: 'flux' } as const } };
    const [stop] = budgetStops(STEPS, [portable]);
    expect(stop?.choices[0]).toMatchObject({ verified: false, label: 'NFE 6 (shipped, not verified on this model)' });
  });
});

describe('the prediction', () => {
  const costs = { fullMs: 300, cachedMs: 2, textMs: 50, vaeMs: 114 };

  test('is text + NFE · full + the rest · cached + decoder', () => {
    expect(predictionHeadline(costs, 10, STEPS)).toBe('about 3.2 s');
    expect(predictionHeadline(costs, STEPS, STEPS)).toBe('about 8.6 s');
    expect(predictionHeadline(null, 10, STEPS)).toBe('…');
  });

  test('says how much faster than the full run', () => {
    expect(describePrediction(costs, 10, STEPS, false)).toBe(
      '10 of 28 steps computed, 2.7 times faster than the full run (8.6 s).',
    );
    expect(describePrediction(null, 10, STEPS, true)).toMatch(/Measuring this machine/);
  });

  test('is held against what the run took', () => {
    expect(describeMeasured(3400, 3200)).toBe('3.4 s, predicted 3.2 s (+6 %)');
    expect(describeMeasured(3100, 3200)).toBe('3.1 s, predicted 3.2 s (−3 %)');
    expect(describeMeasured(3400, null)).toBe('3.4 s');
  });
});

describe('the timeline', () => {
  const policy = { ...stored(2).file, stepCount: 4, sigmas: [1, 0.7, 0.4, 0.2, 0], computedSteps: [0, 2] };
  const step = (stepIndex: number, ms: number) =>
    ({ stepIndex, decision: 'compute', ms, readbackBytes: 0 }) as const;

  test('draws the plan', () => {
    const cells = timelineCells(policy, 4, [], false);
    expect(cells.map(({ decision, anchorIndex, status }) => [decision, anchorIndex, status])).toEqual([
      ['compute', 0, 'planned'],
      ['reuse', 0, 'planned'],
      ['compute', 2, 'planned'],
      ['reuse', 2, 'planned'],
    ]);
    expect(timelineCells(null, 3, [], false).every(({ decision }) => decision === 'compute')).toBe(true);
  });

  test('is filled in by the steps that are done', () => {
    const cells = timelineCells(policy, 4, [step(0, 120), step(1, 0.4)], true);
    expect(cells.map(({ status, ms }) => [status, ms])).toEqual([
      ['done', 120],
      ['done', 0.4],
      ['current', null],
      ['planned', null],
    ]);
    expect(cells.map(describeCell)).toEqual([
      'Step 1: computed, 120 ms',
      'Step 2: reuses step 1, 0.4 ms',
      'Step 3: computed, running',
      'Step 4: reuses step 3',
    ]);
  });
});
