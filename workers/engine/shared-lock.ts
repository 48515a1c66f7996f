/** Tabs of this origin take turns: one downloads, one computes. Without Web Locks everyone just goes ahead. */

/** Writing model files. */
export const MODEL_STORE_LOCK = 'budcache-model-store';
/** Computing: two at once would halve each other's speed and double the memory. */
export const DEVICE_LOCK = 'budcache-device';

const NOT_FREE = Symbol('not free');

/**
 * Runs `work` while no other tab holds the lock.
 * @param onWait called once when another tab holds it.
 * @throws the signal's reason when it aborts meanwhile.
 */
export async function withLock<T>(name: string, signal: AbortSignal, onWait: () => void, work: () => Promise<T>): Promise<T> {
  // Typed as always there; insecure pages have none.
  const locks = navigator.locks as LockManager | undefined;
  if (locks === undefined) return work();
  const tried = await locks.request(name, { ifAvailable: true }, async (lock) => (lock === null ? NOT_FREE : { value: await work() }));
  if (tried !== NOT_FREE) return tried.value;
  onWait();
  try {
    return await locks.request(name, { signal }, work);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
