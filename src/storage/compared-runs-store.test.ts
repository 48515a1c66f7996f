import { describe, expect, test } from 'vitest';
import type { ComparedRun } from './compared-runs-store.ts';
import { createComparedRunsStore } from './compared-runs-store.ts';
import { memoryStore } from './key-value.ts';

const run = (seed: number, change: Partial<ComparedRun> = {}): ComparedRun => ({
  binding: 'aa',
  stepCount: 28,
  nfe: 8,
  policyName: '8 of 28 steps',
  policyId: 'shipped/tiny/nfe-08.json',
  prompt: 'a red cube',
  seed,
  guidanceScale: 4,
  latentPsnrDb: 37.5,
  totalMs: 500,
  createdMs: 1,
  ...change,
});

describe('compared runs', () => {
  test('are kept in order, the same recipe once', async () => {
    const store = createComparedRunsStore(memoryStore());
    await store.add(run(1));
    await store.add(run(2));
    expect(await store.add(run(1, { totalMs: 700 }))).toEqual([run(2), run(1, { totalMs: 700 })]);
    expect(await store.list()).toEqual([run(2), run(1, { totalMs: 700 })]);
    await store.add(run(1, { policyId: 'own/x' }));
    expect(await store.list()).toHaveLength(3);
  });

  test('are never more than a few hundred', async () => {
    const records = memoryStore();
    const store = createComparedRunsStore(records);
    await records.set('compared-runs', Array.from({ length: 300 }, (_, seed) => run(seed)));
    for (let seed = 300; seed < 310; seed++) await store.add(run(seed));
    const runs = await store.list();
    expect([runs.length, runs[0]?.seed, runs.at(-1)?.seed]).toEqual([300, 10, 309]);
  });

  test('that are damaged are left out', async () => {
    const records = memoryStore();
    const store = createComparedRunsStore(records);
    await records.set('compared-runs', [run(1), { ...run(2), latentPsnrDb: Number.NaN }, 'x', run(3)]);
    expect((await store.list()).map(({ seed }) => seed)).toEqual([1, 3]);
    await records.set('compared-runs', 'x');
    expect(await store.list()).toEqual([]);
  });
});
