/**
 * Keeps the runtime's files for a visit without a network. The service worker keeps the page; only the engine
 * knows which of the runtime's builds this browser uses.
 */

/** Served, and emptied of older builds, by src/sw/site-cache.ts. */
const RUNTIME_CACHE = 'budcache-runtime';

/** Never rejects: what cannot be kept is fetched again. The browser's own cache still has the bytes. */
export async function keepRuntime(urls: readonly string[]): Promise<void> {
  try {
    const cache = await caches.open(RUNTIME_CACHE);
    for (const url of urls) {
      if ((await cache.match(url, { ignoreVary: true })) === undefined) await cache.add(url);
    }
  } catch {
    // No Cache Storage, no room or no network.
  }
}
