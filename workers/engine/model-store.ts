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

/**
 * The best store that takes writes: one is tried, since some browsers fail only then. A full one still gives
 * what it holds.
 */
export async function openModelStore(): Promise<ModelStore> {
  for (const open of [openOpfsStore, openCacheStore]) {
    try {
      const store = await open();
      await tryWriting(store);
      return store;
    } catch {
      // Blocked, private mode or an older browser: the next best.
    }
  }
  return memory;
}

async function tryWriting(store: ModelStore): Promise<void> {
  // A name of its own: other tabs may be trying as well.
  const name = `write-test-${crypto.randomUUID()}`;
  try {
    await writeWhole(store, name, new Uint8Array(1));
    await store.remove(name);
  } catch (error) {
    if (!isQuotaError(error)) throw error;
  }
}

export const isQuotaError = (error: unknown): boolean => error instanceof DOMException && error.name === 'QuotaExceededError';

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
