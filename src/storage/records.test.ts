/** The small stores: measured times and drafts. */
import { describe, expect, test } from 'vitest';
import type { BackendReport } from '../protocol/engine.ts';
import { createCostStore } from './cost-store.ts';
import { memoryStore } from './key-value.ts';
import type { Draft } from './settings-store.ts';
import { createSettingsStore } from './settings-store.ts';

const wasm: BackendReport = {
  kind: 'wasm',
  adapter: null,
  softwareAdapter: false,
  threads: 2,
  crossOriginIsolated: true,
  computeDtype: 'float32',
  reason: 'a test',
};
const costs = { fullMs: 100, cachedMs: 1, textMs: 5, vaeMs: 20 };

describe('measured times', () => {
  test('belong to one model on one backend', async () => {
    const store = createCostStore(memoryStore());
    await store.write('aa', wasm, costs);
    expect(await store.read('aa', wasm)).toEqual(costs);
    expect(await store.read('bb', wasm)).toBeNull();
    expect(await store.read('aa', { ...wasm, threads: 1 })).toBeNull();
    expect(await store.read('aa', { ...wasm, kind: 'webgpu', adapter: 'nvidia ampere' })).toBeNull();
    expect(await store.read('aa', { ...wasm, reason: 'another sentence' })).toEqual(costs);
  });

  test('that are damaged count as never taken', async () => {
    const records = memoryStore();
    const store = createCostStore(records);
    await store.write('aa', wasm, costs);
    for (const [key] of await records.entries()) await records.set(key, { ...costs, fullMs: 'fast' });
    expect(await store.read('aa', wasm)).toBeNull();
  });
});

const draft: Draft = {
  prompt: 'a cube',
  negativePrompt: 'rain',
  size: '128×192',
  seed: 7,
  guidanceScale: 3.5,
  budget: 10,
  policyId: null,
  budgetSeconds: 2.5,
  stepCount: 20,
  pictureCount: 4,
};

/** As much of a tab's storage as is used. */
function fakeTab(): Storage {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    key: (index) => [...items.keys()][index] ?? null,
    clear: () => items.clear(),
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

describe('drafts', () => {
  test('are in the tab before the write has settled, and in the store after', async () => {
    const settings = createSettingsStore(Promise.resolve(memoryStore()), fakeTab());
    const written = settings.write('tiny', draft);
    expect(settings.readTab('tiny')).toEqual(draft);
    await written;
    expect(await settings.read('tiny')).toEqual(draft);
    expect(await settings.read('other')).toBeNull();
  });

  test('do without a tab storage', async () => {
    const settings = createSettingsStore(Promise.resolve(memoryStore()), null);
    await settings.write('tiny', draft);
    expect(settings.readTab('tiny')).toBeNull();
    expect(await settings.read('tiny')).toEqual(draft);
  });

  test('of an earlier version of the page are kept', () => {
    const tab = fakeTab();
    const { prompt, seed, guidanceScale, budget, policyId } = draft;
    tab.setItem('draft/tiny', JSON.stringify({ prompt, seed, guidanceScale, budget, policyId }));
    expect(createSettingsStore(Promise.resolve(memoryStore()), tab).readTab('tiny')).toEqual({
      ...draft,
      negativePrompt: '',
      size: null,
      budgetSeconds: null,
      stepCount: null,
      pictureCount: 1,
    });
  });

  test('that are damaged are left out', () => {
    const tab = fakeTab();
    const settings = createSettingsStore(Promise.resolve(memoryStore()), tab);
    tab.setItem('draft/tiny', '{"prompt": 1');
    expect(settings.readTab('tiny')).toBeNull();
    tab.setItem('draft/tiny', JSON.stringify({ ...draft, seed: -1 }));
    expect(settings.readTab('tiny')).toBeNull();
  });
});

test('single keys are on until they are switched off', async () => {
  const settings = createSettingsStore(Promise.resolve(memoryStore()), null);
  expect(await settings.readSingleKeys()).toBe(true);
  await settings.writeSingleKeys(false);
  expect(await settings.readSingleKeys()).toBe(false);
});
