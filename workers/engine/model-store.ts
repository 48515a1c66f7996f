/**
 * Where model files stay between visits, under their sha256: the origin's private file system, else Cache
 * Storage, else this worker's memory. A file is trusted only after its hash was checked again on reading.
 */
import { openCacheStore } from './model-store-cache.ts';
import { createMemoryStore } from './model-store-memory.ts';
import { openOpfsStore } from './model-store-opfs.ts';

export type ModelStoreKind = 'opfs' | 'cache' | 'memory';

/** A file that is being written, front to back. */
export interface FileSink {
  /** What an earlier attempt left, from the first byte on; empty when nothing did. */
  readonly arrived: Uint8Array;
  /** What the server called the version these bytes are of: an ETag or a date; null when it said nothing. */
  readonly validator: string | null;
  /** Forgets what is there: the next piece is the file's first. */
  restart(validator: string | null): Promise<void>;
  append(piece: Uint8Array): void;
  /** Keeps what has arrived, whole or not; nothing may be written afterwards. */
  close(): Promise<void>;
}

export interface ModelStore {
  readonly kind: ModelStoreKind;
  /** Bytes of that name as they are, possibly a part only; null when there are none. */
  read(name: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Bytes of that name; 0 when there are none. */
  size(name: string): Promise<number>;
  /** One sink a name at a time: the caller holds the store's lock. */
  openSink(name: string): Promise<FileSink>;
  names(): Promise<readonly string[]>;
  remove(name: string): Promise<void>;
}

/** Lives as long as the worker, so that a model opened twice without storage arrives once. */
const memory = createMemoryStore();

/** The best store that is known to take writes: one is tried, since some browsers fail only then. */
export async function openModelStore(): Promise<ModelStore> {
  for (const open of [openOpfsStore, openCacheStore]) {
    try {
      const store = await open();
      await writeWhole(store, 'write-test', new Uint8Array(1));
      await store.remove('write-test');
      return store;
    } catch {
      // Blocked, private mode, a full disk or an older browser: the next best.
    }
  }
  return memory;
}

export const memoryModelStore = (): ModelStore => memory;

export async function writeWhole(store: ModelStore, name: string, bytes: Uint8Array): Promise<void> {
  const sink = await store.openSink(name);
  try {
    await sink.restart(null);
    sink.append(bytes);
  } finally {
    await sink.close();
  }
}
