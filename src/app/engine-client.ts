/**
 * The page's side of the worker contract, and the only place that starts the engine's worker. It owns what
 * comlink leaves open: callbacks are proxied and let go, calls to a worker that died fail with `worker-died`,
 * and the next call starts a new worker and opens the same model again.
 */
import { proxy, releaseProxy, wrap } from 'comlink';
import type { Remote } from 'comlink';
import type { EngineApi, OpenedModel, OpenRequest } from '../protocol/engine.ts';
import type { Failure, Outcome } from '../protocol/errors.ts';
import { toFailure } from '../protocol/errors.ts';
import { watchWorkerLife } from './worker-life.ts';

type OnProgress = Parameters<EngineApi['open']>[1];

interface Running {
  readonly api: Remote<EngineApi>;
  /** One per unanswered call. */
  readonly onDeath: Set<(failure: Failure) => void>;
  /** Ends the worker; unanswered calls fail with this. */
  readonly stop: (failure: Failure) => void;
  /** The model opened last in this worker. */
  opened: Promise<Outcome<OpenedModel>> | null;
}

export const spawnEngineWorker = (): Worker =>
  new Worker(new URL('../../workers/engine.worker.ts', import.meta.url), { type: 'module', name: 'engine' });

export function createEngineClient(spawn: () => Worker = spawnEngineWorker): EngineApi {
  let running: Running | null = null;
  /** What a restarted worker must open before anything else. */
  let lastOpen: { readonly request: OpenRequest; readonly onProgress: OnProgress } | null = null;

  const start = (): Running => {
    const worker = spawn();
    const onDeath: Running['onDeath'] = new Set();
    const watching = new AbortController();
    const stop = (failure: Failure): void => {
      watching.abort();
      worker.terminate();
      if (running === started) running = null;
      for (const reject of onDeath) reject(failure);
      onDeath.clear();
    };
    const started: Running = { api: wrap<EngineApi>(worker), onDeath, stop, opened: null };
    const die = (message: string): void => stop({ code: 'worker-died', message });
    worker.addEventListener('error', (event) => die(event.message || 'The worker did not load.'));
    worker.addEventListener('messageerror', () => die('A message from the worker could not be read.'));
    watchWorkerLife(worker, watching.signal, () => die('The worker ended without a word.'));
    running = started;
    return started;
  };

  /** Settles with the worker's answer, or with the news of its death. */
  const call = <T>(engine: Running, invoke: (api: Remote<EngineApi>) => Promise<Outcome<T>>): Promise<Outcome<T>> =>
    new Promise((resolve) => {
      const onDeath = (error: Failure): void => resolve({ ok: false, error });
      const settle = (outcome: Outcome<T>): void => {
        engine.onDeath.delete(onDeath);
        resolve(outcome);
      };
      engine.onDeath.add(onDeath);
      invoke(engine.api).then(settle, (error: unknown) => settle({ ok: false, error: toFailure(error) }));
    });

  const callPlain = (engine: Running, invoke: (api: Remote<EngineApi>) => Promise<void>): Promise<Outcome<null>> =>
    call(engine, async (api) => {
      await invoke(api);
      return { ok: true, value: null };
    });

  /** As `call`, with a callback that the worker may use until the call has settled. */
  const callWith = async <Event, T>(
    engine: Running,
    listener: (event: Event) => void,
    invoke: (api: Remote<EngineApi>, callback: (event: Event) => void) => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> => {
    // Events travel on a port of their own and can arrive after the answer: they are then dropped.
    let current: ((event: Event) => void) | null = listener;
    const outcome = await call(engine, (api) => invoke(api, proxy((event: Event) => current?.(event))));
    current = null;
    return outcome;
  };

  const open = (engine: Running, request: OpenRequest, onProgress: OnProgress): Promise<Outcome<OpenedModel>> => {
    const opened = callWith(engine, onProgress, (api, callback) => api.open(request, callback)).then((outcome) => {
      if (outcome.ok) lastOpen = { request, onProgress };
      return outcome;
    });
    engine.opened = opened;
    return opened;
  };

  /** The running worker with its model open; after a death a new one, with the last model opened again. */
  const ready = async (): Promise<Outcome<Running>> => {
    const engine = running ?? start();
    if (engine.opened === null && lastOpen !== null) void open(engine, lastOpen.request, lastOpen.onProgress);
    const opened = await engine.opened;
    if (opened === null || opened.ok) return { ok: true, value: engine };
    // Lets the next call try again.
    engine.opened = null;
    return opened;
  };

  return {
    open: (request, onProgress) => open(running ?? start(), request, onProgress),

    async generate(request, onEvent) {
      const engine = await ready();
      if (!engine.ok) return engine;
      return callWith(engine.value, onEvent, (api, callback) => api.generate(request, callback));
    },

    async cancel(runId) {
      if (running !== null) await callPlain(running, (api) => api.cancel(runId));
    },

    async measureCosts(runId) {
      const engine = await ready();
      return engine.ok ? call(engine.value, (api) => api.measureCosts(runId)) : engine;
    },

    async teach(request) {
      const engine = await ready();
      return engine.ok ? call(engine.value, (api) => api.teach(request)) : engine;
    },

    async rescore(request) {
      const engine = await ready();
      return engine.ok ? call(engine.value, (api) => api.rescore(request)) : engine;
    },

    async fit(request) {
      const engine = await ready();
      return engine.ok ? call(engine.value, (api) => api.fit(request)) : engine;
    },

    storedModels: () => call(running ?? start(), (api) => api.storedModels()),

    forgetModel: (manifestUrl) => call(running ?? start(), (api) => api.forgetModel(manifestUrl)),

    async close() {
      lastOpen = null;
      if (running === null) return;
      const closing = running;
      await callPlain(closing, (api) => api.close());
      closing.api[releaseProxy]();
      closing.stop({ code: 'cancelled', message: 'The engine was closed.' });
    },
  };
}
