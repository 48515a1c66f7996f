/** The worker's side of src/protocol/worker-life.ts. */
import type { LifeMessage } from '../src/protocol/worker-life.ts';

/** Called once, when the worker starts. */
export function holdLifeLock(): void {
  const locks = navigator.locks as LockManager | undefined;
  if (locks === undefined) return;
  const lifeLock = `budcache-life-${crypto.randomUUID()}`;
  const forever = locks.request(lifeLock, () => {
    postMessage({ lifeLock } satisfies LifeMessage);
    return new Promise<never>(() => undefined);
  });
  // Refused in odd places, as opaque origins; then only loud deaths are noticed.
  forever.catch(() => undefined);
}
