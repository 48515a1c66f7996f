import { describe, expect, test } from 'vitest';
import { fluxSigmas } from '../core/sampling/sigmas.ts';
import { planPageSearch } from '../core/search/page-plan.ts';
import { NOTHING_KNOWN } from '../core/search/page-search-types.ts';
import { memoryStore } from './key-value.ts';
import type { SearchRecord } from './search-record.ts';
import { createSearchStore } from './search-store.ts';

const STEP_COUNT = 4;
const { plan, expectedMs } = planPageSearch({
  stepCount: STEP_COUNT,
  sigmas: fluxSigmas(STEP_COUNT, 64),
  nfe: 2,
  seed: 1,
  effortMs: 1000,
  calibrationPairs: 2,
  costs: { fullMs: 1, cachedMs: 0.1 },
  knownMasks: [[0, 2]],
});
const pairCount = plan.pairs.calibration + plan.pairs.validation + plan.pairs.comparison;
const record: SearchRecord = {
  modelId: 'tiny',
  binding: 'ab'.repeat(32),
  plan,
  pairs: Array.from({ length: pairCount }, (_, seed) => ({ prompt: 'a red cube', seed, guidanceScale: 4 })),
  rival: null,
  expectedMs,
  spentMs: 12,
  outcome: null,
  policyId: null,
};
/** Six reuse errors: 21 inner products. */
const taught = { reference: new Float32Array([1, 2]), gram: new Float64Array(21) };
const anneal = { segmentsDone: 3, current: { mask: [0, 2], value: -1 }, maxTemperature: 2, kept: [{ mask: [0, 2], value: -1 }], masksScored: 99 };
const entries = [{ mask: [0, 3], stage: 0, losses: [0.1, 0.2] }, { mask: [0, 3], stage: 'validation' as const, losses: [0.3] }];
const fits = [{ mask: [0, 3], coefficients: [{ stepIndex: 1, basis: 'heads' as const, weights: [1, 0.5] }], calibrationLosses: [0.1, 0.2], validationLosses: [0.3] }];

describe('the kept search', () => {
  test('comes back as it was, part by part', async () => {
    const store = createSearchStore(memoryStore());
    expect(await store.read('tiny')).toBeNull();
    await store.begin(record);
    expect(await store.read('tiny')).toEqual(record);
    expect(await store.readState(record)).toEqual({ ...NOTHING_KNOWN, teachings: Array.from({ length: pairCount }, () => null) });
    await store.keep('tiny', { kind: 'teaching', pair: 1, teaching: taught });
    await store.keep('tiny', { kind: 'fits', fits });
    await store.keep('tiny', { kind: 'teaching', pair: 2, teaching: { ...taught, gram: null } });
    await store.keep('tiny', { kind: 'anneal', anneal });
    await store.keep('tiny', { kind: 'entries', entries });
    await store.keep('tiny', { kind: 'comparison', comparison: { policy: 'it', own: [0.1], rival: [] } });
    const state = await store.readState(record);
    expect(state.teachings.slice(0, 3)).toEqual([null, taught, { ...taught, gram: null }]);
    expect(state).toMatchObject({ anneal, entries, fits, comparison: { policy: 'it', own: [0.1], rival: [] } });
  });

  test('is one for each model, forgotten by the next and on demand', async () => {
    const store = createSearchStore(memoryStore());
    await store.begin(record);
    await store.begin({ ...record, modelId: 'tiny/other' });
    await store.keep('tiny', { kind: 'entries', entries });
    await store.keep('tiny/other', { kind: 'anneal', anneal });
    await store.begin({ ...record, spentMs: 0 });
    expect((await store.readState(record)).entries).toEqual([]);
    await store.keep('tiny', { kind: 'entries', entries });
    await store.forgetState('tiny');
    expect(await store.read('tiny')).toEqual({ ...record, spentMs: 0 });
    expect((await store.readState(record)).entries).toEqual([]);
    await store.forget('tiny');
    expect(await store.read('tiny')).toBeNull();
    expect((await store.readState({ ...record, modelId: 'tiny/other' })).anneal).toEqual(anneal);
  });

  test('counts as never kept where it is damaged', async () => {
    const records = memoryStore();
    const store = createSearchStore(records);
    const damaged: unknown[] = [
      { ...record, pairs: record.pairs.slice(1) },
      { ...record, plan: { ...plan, nfe: 9 } },
      { ...record, plan: { ...plan, sigmas: [1, 0] } },
      { ...record, rival: { format: 'budcache-policy/1' } },
      { ...record, spentMs: 'long' },
      'nothing',
    ];
    for (const value of damaged) {
      await records.set('search/tiny', value);
      expect(await store.read('tiny')).toBeNull();
    }
    await store.begin(record);
    await store.keep('tiny', { kind: 'teaching', pair: 0, teaching: { ...taught, gram: new Float64Array(20) } });
    await store.keep('tiny', { kind: 'teaching', pair: pairCount - 1, teaching: taught });
    await store.keep('tiny', { kind: 'entries', entries: [{ mask: [], stage: 0, losses: [] }] });
    const { teachings, entries: kept } = await store.readState(record);
    expect([teachings[0], teachings.at(-1), kept]).toEqual([null, null, []]);
  });
});
