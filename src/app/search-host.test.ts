/** The page between worker and engine: what it asks for, what it times, and how it ends a run. */
import { describe, expect, it } from 'vitest';
import { fluxSigmas } from '../core/sampling/sigmas.ts';
import { planPageSearch } from '../core/search/page-plan.ts';
import type { AnyCalibration } from '../protocol/calibration.ts';
import type { EngineApi } from '../protocol/engine.ts';
import type { SearchRecord } from '../storage/search-record.ts';
import { createSearchDesk, policyOfMask } from './search-host.ts';

const { plan, expectedMs } = planPageSearch({ stepCount: 28, sigmas: fluxSigmas(28, 64), nfe: 8, seed: 7, effortMs: 1000, calibrationPairs: 1, costs: { fullMs: 1, cachedMs: 0 }, knownMasks: [] });
const record: SearchRecord = {
  modelId: 'tiny',
  binding: 'ab'.repeat(32),
  plan,
  pairs: [1, 2, 3].map((seed) => ({ prompt: `prompt ${seed}`, seed, guidanceScale: 4 })),
  rival: null,
  expectedMs,
  spentMs: 0,
  outcome: null,
  policyId: null,
};
const cost = { backend: 'wasm', ms: 5, fullCalls: 1, cachedCalls: 1, readbackBytes: 0 } as const;
const latents = new Float32Array([1, 2]);

/** An engine that answers after `delayMs`. */
function engine(delayMs = 0) {
  const asked: AnyCalibration[] = [];
  const cancelled: string[] = [];
  const never = (): Promise<never> => Promise.reject(new Error('The search asked for something else.'));
  const after = async <T>(value: T): Promise<{ readonly ok: true; readonly value: T }> => {
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    return { ok: true, value };
  };
  const api: EngineApi = {
    open: never,
    generate: never,
    measureCosts: never,
    close: never,
    storedModels: never,
    forgetModel: never,
    teach: (request) => {
      asked.push(request);
      return after({ reference: latents, errors: null, cost });
    },
    rescore: (request) => {
      asked.push(request);
      return after({ latents, cost });
    },
    fit: (request) => {
      asked.push(request);
      return after({ payloads: request.masks.map(() => ({ coefficients: [], calibrationLatents: [latents], judgeLatents: [latents] })), cost });
    },
    cancel: async (runId) => void cancelled.push(runId),
  };
  return { api, asked, cancelled };
}

const deskOf = (api: EngineApi, change: Partial<SearchRecord> = {}) =>
  createSearchDesk({ engine: api, record: { ...record, ...change }, keep: () => Promise.resolve(), tell: () => undefined });

describe('the search’s real runs', () => {
  it('are of the pair that was asked for, on the model that was meant, each with an id of its own', async () => {
    const { api, asked } = engine();
    const { host } = deskOf(api, { rival: policyOfMask(record, [0, 9]) });
    await host.teach(1, true);
    expect(await host.finalLatents(2, [0, 3], null)).toEqual({ ok: true, value: latents });
    await host.rivalLatents(0);
    expect(asked).toMatchObject([
      { pair: record.pairs[1], binding: record.binding, stepCount: 28, withErrors: true },
      { pair: record.pairs[2], policy: { computedSteps: [0, 3], payload: 'reuse', sigmas: plan.sigmas } },
      { pair: record.pairs[0], policy: { computedSteps: [0, 9] } },
    ]);
    expect(new Set(asked.map(({ runId }) => runId)).size).toBe(3);
  });

  it('fit several masks at once, on the first pairs, judged by the next', async () => {
    const { api, asked } = engine();
    const { host } = deskOf(api);
    expect(await host.fit([[0, 3], [0, 4]], 2, 1)).toMatchObject({ ok: true, value: [{}, {}] });
    const coefficients = [{ stepIndex: 1, basis: 'heads', weights: [1] }] as const;
    await host.finalLatents(2, [0, 3], coefficients);
    expect(asked).toMatchObject([
      { masks: [[0, 3], [0, 4]], calibration: record.pairs.slice(0, 2), judges: record.pairs.slice(2, 3), binding: record.binding, stepCount: 28 },
      { policy: { computedSteps: [0, 3], payload: 'fitted', coefficients } },
    ]);
  });

  it('fail where there is no policy to compare with', async () => {
    expect(await deskOf(engine().api).host.rivalLatents(0)).toMatchObject({ ok: false });
  });

  it('count what they waited, not what they took', async () => {
    const { api } = engine(60);
    const { host, waitedMs } = deskOf(api);
    await host.finalLatents(0, [0], null);
    expect(waitedMs()).toBeGreaterThan(40);
    expect(waitedMs()).toBeLessThan(2000);
  });

  it('can be ended while one is under way, and only then', async () => {
    const { api, asked, cancelled } = engine(20);
    const { host, cancelRun } = deskOf(api);
    await cancelRun();
    expect(cancelled).toEqual([]);
    const run = host.finalLatents(0, [0], null);
    await cancelRun();
    await run;
    expect(cancelled).toEqual([asked[0]?.runId]);
    await cancelRun();
    expect(cancelled).toHaveLength(1);
  });
});
