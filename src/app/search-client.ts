/** One search in a worker of its own, which lives as long as the search. */
import { proxy, wrap } from 'comlink';
import type { PageSearchOutcome } from '../core/search/page-search-types.ts';
import type { Outcome } from '../protocol/errors.ts';
import { toFailure } from '../protocol/errors.ts';
import type { SearchApi, SearchHost, SearchJob } from '../protocol/search.ts';
import { watchWorkerLife } from './worker-life.ts';

export const spawnSearchWorker = (): Worker =>
  new Worker(new URL('../../workers/search.worker.ts', import.meta.url), { type: 'module', name: 'search' });

/** Never rejects. Fails with `cancelled` after `stop`, and with `worker-died` when the worker goes. */
export function searchInWorker(
  job: SearchJob,
  host: SearchHost,
  stop: AbortSignal,
  spawn: () => Worker = spawnSearchWorker,
): Promise<Outcome<PageSearchOutcome>> {
  return new Promise((resolve) => {
    const worker = spawn();
    const api = wrap<SearchApi>(worker);
    const over = new AbortController();
    const end = (outcome: Outcome<PageSearchOutcome>): void => {
      over.abort();
      worker.terminate();
      resolve(outcome);
    };
    const die = (message: string): void => end({ ok: false, error: { code: 'worker-died', message } });
    worker.addEventListener('error', (event) => die(event.message || 'The search worker did not load.'), { signal: over.signal });
    worker.addEventListener('messageerror', () => die('A message from the search worker could not be read.'), { signal: over.signal });
    watchWorkerLife(worker, over.signal, () => die('The search worker ended without a word.'));
    stop.addEventListener('abort', () => void api.stop(), { signal: over.signal });
    api.search(job, proxy(host)).then(end, (error: unknown) => end({ ok: false, error: toFailure(error) }));
  });
}
