/** The page's side of protocol/worker-life.ts: hears of a worker's death, even a silent one. */
import { isLifeMessage } from '../protocol/worker-life.ts';

/**
 * @param onEnd called once when the worker has ended, unless `stop` was aborted before.
 */
export function watchWorkerLife(worker: Worker, stop: AbortSignal, onEnd: () => void): void {
  worker.addEventListener(
    'message',
    ({ data }: MessageEvent<unknown>) => {
      if (!isLifeMessage(data)) return;
      navigator.locks.request(data.lifeLock, { signal: stop }, onEnd).catch(() => undefined);
    },
    { signal: stop },
  );
}
