import { describe, expect, test } from 'vitest';
import type { BackendReport, CostModel, OpenedModel } from '../protocol/engine.ts';
import { createCostStore } from '../storage/cost-store.ts';
import { memoryStore } from '../storage/key-value.ts';
import { goodManifest } from '../storage/test-support/good-files.ts';
import type { AppContext } from './app-context.ts';
import { followBackend, provideCosts } from './cost-actions.ts';
import { EMPTY_DRAFT, initialState } from './state.ts';
import { createStore } from './store.ts';

const wasm: BackendReport = {
  kind: 'wasm',
  adapter: null,
  softwareAdapter: false,
  threads: 2,
  crossOriginIsolated: true,
  computeDtype: 'float32',
  reason: 'This browser offers no WebGPU adapter.',
};
const webgpu: BackendReport = { ...wasm, kind: 'webgpu', adapter: 'nvidia ampere', threads: 1, reason: 'This machine has a WebGPU adapter.' };
const costs: CostModel = { fullMs: 10, cachedMs: 1, textMs: 5, vaeMs: 5 };

/** A page with a model open on WebGPU, whose times are known there; a measurement ends when told. */
function openPage() {
  const manifest = goodManifest();
  let endMeasurement: (times: CostModel) => void = () => {};
  const app = {
    store: createStore(initialState('tiny', EMPTY_DRAFT)),
    costs: Promise.resolve(createCostStore(memoryStore())),
    measurer: {
      measure: () =>
        new Promise((resolve) => {
          endMeasurement = (value) => resolve({ ok: true, value });
        }),
    },
  } as unknown as AppContext;
  const opened: OpenedModel = { manifest, backend: webgpu, storage: { place: 'memory', bytes: 0, problem: null } };
  app.store.set({ opened, manifest, costs });
  return { app, manifest, endMeasurement: (times: CostModel) => endMeasurement(times) };
}

const turns = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 0);
  });

describe('a run on another backend than the model was opened on', () => {
  test('moves the status, and measures anew', async () => {
    const { app, endMeasurement } = openPage();
    followBackend(app, wasm);
    expect(app.store.get()).toMatchObject({ opened: { backend: wasm }, costs: null });
    await turns();
    endMeasurement({ ...costs, fullMs: 90 });
    await turns();
    expect(app.store.get().costs).toEqual({ ...costs, fullMs: 90 });
  });

  test('takes the times that are stored for it', async () => {
    const { app, manifest } = openPage();
    await (await app.costs).write(manifest.binding, wasm, { ...costs, fullMs: 70 });
    followBackend(app, wasm);
    await turns();
    expect(app.store.get().costs).toMatchObject({ fullMs: 70 });
  });

  test('keeps a late measurement of the backend before to itself', async () => {
    const { app, manifest, endMeasurement } = openPage();
    app.store.set({ costs: null });
    const measured = provideCosts(app, manifest, webgpu);
    await turns();
    const endFirst = endMeasurement;
    const finishFirst = (): void => endFirst({ ...costs, fullMs: 1 });
    app.store.set({ opened: { ...(app.store.get().opened as OpenedModel), backend: wasm } });
    finishFirst();
    await measured;
    expect(app.store.get().costs).toBeNull();
    expect(await (await app.costs).read(manifest.binding, webgpu)).toBeNull();
  });
});

test('a run on the same backend changes nothing', () => {
  const { app } = openPage();
  const before = app.store.get();
  followBackend(app, { ...webgpu });
  expect(app.store.get()).toBe(before);
});
