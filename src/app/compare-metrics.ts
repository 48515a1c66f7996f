/** The page's side of the metrics worker: started at the first comparison, and anew after a death. */
import { wrap } from 'comlink';
import type { Remote } from 'comlink';
import type { Outcome } from '../protocol/errors.ts';
import { toFailure } from '../protocol/errors.ts';
import type { MetricsApi } from '../protocol/metrics.ts';
import { watchWorkerLife } from './worker-life.ts';

interface Running {
  readonly api: Remote<MetricsApi>;
  /** Rejects when the worker dies. */
  readonly death: Promise<never>;
}

const spawnMetricsWorker = (): Worker =>
  new Worker(new URL('../../workers/metrics.worker.ts', import.meta.url), { type: 'module', name: 'metrics' });

export function createMetricsClient(spawn: () => Worker = spawnMetricsWorker): MetricsApi {
  let running: Running | null = null;

  const start = (): Running => {
    const worker = spawn();
    const death = new Promise<never>((_, reject) => {
      const watching = new AbortController();
      const die = (message: string): void => {
        watching.abort();
        worker.terminate();
        running = null;
        reject(new Error(message));
      };
      worker.addEventListener('error', (event) => die(event.message || 'The worker did not load.'));
      watchWorkerLife(worker, watching.signal, () => die('The worker ended without a word.'));
    });
    // Nobody may be waiting when it happens.
    death.catch(() => undefined);
    running = { api: wrap<MetricsApi>(worker), death };
    return running;
  };

  return {
    async compare(reference, candidate) {
      const { api, death } = running ?? start();
      try {
        return await Promise.race([api.compare(reference, candidate), death]);
      } catch (error) {
        return { ok: false, error: { ...toFailure(error), code: 'worker-died' } } satisfies Outcome<never>;
      }
    },
  };
}
