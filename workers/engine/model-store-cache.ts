/** Model files in Cache Storage, where there is no private file system. A file is written when its sink closes. */
import { bufferedSink } from './buffered-sink.ts';
import type { ModelStore } from './model-store.ts';

const CACHE_NAME = 'budcache-models';
const VALIDATOR_HEADER = 'x-validator';

export async function openCacheStore(): Promise<ModelStore> {
  const cache = await caches.open(CACHE_NAME);
  // Addresses that no page asks for; the cache needs some.
  const folder = new URL('model-store/', self.location.href).href;
  const keyOf = (name: string): string => folder + name;
  const blobOf = async (name: string): Promise<Blob | null> => (await (await cache.match(keyOf(name)))?.blob()) ?? null;
  return {
    kind: 'cache',
    async read(name) {
      const blob = await blobOf(name);
      return blob === null ? null : new Uint8Array(await blob.arrayBuffer());
    },
    size: async (name) => (await blobOf(name))?.size ?? 0,
    async openSink(name) {
      const found = await cache.match(keyOf(name));
      const arrived = found === undefined ? new Uint8Array(0) : new Uint8Array(await found.arrayBuffer());
      return bufferedSink(arrived, found?.headers.get(VALIDATOR_HEADER) ?? null, async (pieces, validator) => {
        const headers = validator === null ? {} : { [VALIDATOR_HEADER]: validator };
        await cache.put(keyOf(name), new Response(new Blob([...pieces]), { headers }));
      });
    },
    names: async () =>
      (await cache.keys()).map(({ url }) => url).filter((url) => url.startsWith(folder)).map((url) => url.slice(folder.length)),
    async remove(name) {
      await cache.delete(keyOf(name));
    },
  };
}
