/** Model files in this worker's memory: what is left when the browser stores nothing or has no room. */
import { bufferedSink, joined } from './buffered-sink.ts';
import type { ModelStore } from './model-store.ts';

interface KeptFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly validator: string | null;
}

/** Keeps parts only: a whole file lives on in the sessions made of it, and twice would be once too often. */
export function createMemoryStore(): ModelStore {
  const files = new Map<string, KeptFile>();
  return {
    kind: 'memory',
    read: (name) => Promise.resolve(files.get(name)?.bytes ?? null),
    size: (name) => Promise.resolve(files.get(name)?.bytes.byteLength ?? 0),
    openSink(name) {
      const found = files.get(name);
      const sink = bufferedSink(found?.bytes ?? new Uint8Array(0), found?.validator ?? null, (pieces, validator) => {
        files.set(name, { bytes: joined(pieces), validator });
        return Promise.resolve();
      });
      return Promise.resolve(sink);
    },
    names: () => Promise.resolve([...files.keys()]),
    remove(name) {
      files.delete(name);
      return Promise.resolve();
    },
  };
}
