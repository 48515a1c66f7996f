/** Budgets: which stops there are, what is said about them, and what the timeline draws. */
import { describe, expect, test } from 'vitest';
import type { PolicyFile } from '../core/policy.ts';
import type { StoredPolicy } from '../storage/policy-store.ts';
import type { BudgetStop } from './budget-stops.ts';
import { budgetStops, chosenPolicy, defaultStop, nearestStop, neighbourStop, stopsFor } from './budget-stops.ts';
import { predictedChoiceMs, stopWithin } from './budget-seconds.ts';
import { describeMeasured, describePrediction, measuredMsOf, predictionHeadline } from './prediction-text.ts';
import type { Selection } from './state.ts';
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

  test('put policies that decide while sampling behind all others of their budget', () => {
    const late = stored(8, 'shipped', 'A first by name');
    const rule = { method: 'easycache', threshold: 0.2, forcedFirst: 2, forceLast: true, coefficients: [] } as const;
    const [stop] = budgetStops(STEPS, [{ ...late, file: { ...late.file, rule } }, stored(8, 'imported'), stored(8)]);
    expect(stop.choices.map(({ label }) => label)).toEqual(['NFE 8 (shipped)', 'NFE 8 (imported)', 'A first by name (shipped, decides while sampling)']);
  });

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
    expect(stop.choices[0]).toMatchObject({ verified: false, label: 'NFE 6 (shipped, not verified on this model)' });
  });

  test('take an unverified policy last, whatever its source', () => {
    const { id, source, file } = stored(6);
    const portable = { id, source, file: { ...file, model: { kind: 'portable', architecture: 'flux' } as const } };
    const [stop] = budgetStops(STEPS, [portable, stored(6, 'imported'), stored(6, 'own')]);
    expect(stop.choices.map(({ policyId }) => policyId)).toEqual(['own/NFE 6', 'imported/NFE 6', 'shipped/NFE 6']);
  });
});

describe('the stops of another number of steps', () => {
  const manifest = { id: 'tiny', binding: '00', pipeline: 'flux', defaults: { stepCount: STEPS } } as const;
  const own = stored(12, 'own');
  const shorter = { ...own, file: { ...own.file, stepCount: 12, sigmas: own.file.sigmas.slice(16), payload: 'multistep' as const } };
  const library = [stored(6), shorter];
  const nfes = (chosen: number | null): number[] => stopsFor(manifest, library, chosen).map(({ nfe }) => nfe);

  test('are the full run alone where no policy was made for it', () => {
    expect(nfes(20)).toEqual([20]);
  });

  test('hold multistep policies where the usual run or their own is chosen', () => {
    expect(nfes(null)).toEqual([6, 12, 28]);
    expect(nfes(12)).toEqual([12]);
    expect(stopsFor(manifest, library, 12)[0].choices.map(({ label }) => label)).toEqual(['Full run', 'NFE 12 (own, multistep)']);
  });
});

describe('a budget in seconds', () => {
  const stops = budgetStops(STEPS, [stored(6), stored(10), stored(14)]);
  const costs = { fullMs: 100, cachedMs: 10, textMs: 50, vaeMs: 150 };

  test.each([
    [99_000, 28, true],
    [3000, 28, true],
    [2999, 14, true],
    [1380, 10, true],
    [1379, 6, true],
    [1019, 6, false],
    [1, 6, false],
  ])('of %i ms is spent on %i steps', (limitMs, nfe, isKept) => {
    expect(stopWithin(stops, limitMs, costs, STEPS)).toMatchObject({ stop: { nfe }, isKept });
  });

  test('counts the calls that the policy makes', () => {
    const [stop] = stops;
    expect(predictedChoiceMs(costs, stop.choices[0], STEPS)).toBe(50 + 600 + 220 + 150);
    const velocity = { ...stored(6).file, payload: 'mean-velocity' as const };
    expect(predictedChoiceMs(costs, { ...stop.choices[0], file: velocity }, STEPS)).toBe(50 + 600 + 150);
  });
});

describe('the prediction', () => {
  const costs = { fullMs: 300, cachedMs: 2, textMs: 50, vaeMs: 114 };
  const state = { costs, isMeasuring: false, budgetSeconds: null };
  const selected = (stop: BudgetStop): Selection => ({ stop, choice: stop.choices[0], stepCount: STEPS, limit: 'none' });
  const [ten, full] = budgetStops(STEPS, [stored(10)]).map(selected) as [Selection, Selection];

  test('is text + NFE · full + the rest · cached + decoder', () => {
    expect(predictionHeadline(costs, ten)).toBe('about 3.2 s');
    expect(predictionHeadline(costs, full)).toBe('about 8.6 s');
    expect(predictionHeadline(null, ten)).toBe('…');
  });

  test('says how much faster than the full run', () => {
    expect(describePrediction(ten, state)).toBe('10 of 28 steps computed, 2.7 times faster than the full run (8.6 s).');
    expect(describePrediction(full, state)).toMatch(/^All 28 steps computed/);
    expect(describePrediction(ten, { ...state, costs: null, isMeasuring: true })).toMatch(/Measuring this machine/);
  });

  test('says what became of a limit of seconds', () => {
    const limited = { ...state, budgetSeconds: 4 };
    expect(describePrediction({ ...ten, limit: 'kept' }, limited)).toMatch(/^The largest budget within 4.0 s on this machine. 10 of 28/);
    expect(describePrediction({ ...ten, limit: 'exceeded' }, limited)).toMatch(/^Nothing here stays within 4.0 s/);
    expect(describePrediction({ ...ten, limit: 'unknown' }, { ...limited, costs: null })).toMatch(/when this machine has been measured/);
  });

  test('says that a multistep policy takes steps of its own', () => {
    const file = { ...stored(8).file, stepCount: 8, payload: 'multistep' as const };
    const multistep = { ...ten, choice: { ...ten.choice, file } };
    expect(predictionHeadline(costs, multistep)).toBe('about 2.6 s');
    expect(describePrediction(multistep, state)).toMatch(/^8 steps of its own in place of 28, all computed, 3.3 times faster/);
  });

  test('is held against what the run took', () => {
    // Live previews were in no prediction.
    expect(measuredMsOf({ totalMs: 390, previewMs: 10 })).toBe(380);
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
