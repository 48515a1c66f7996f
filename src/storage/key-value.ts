/**
 * Where records live: IndexedDB, or memory when the browser refuses it (blocked, private mode, broken disk).
 * Everything above speaks to `KeyValueStore` and cannot tell; the page says so from `durable`.
 */
import { clear, createStore, del, delMany, entries, get, getMany, keys, set, setMany } from 'idb-keyval';
import type { UseStore } from 'idb-keyval';

export interface KeyValueStore {
  /** False: kept only until the page is closed. */
  readonly durable: boolean;
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  /** All or none. */
  setMany(records: readonly (readonly [string, unknown])[]): Promise<void>;
  delete(key: string): Promise<void>;
  /** All or none. */
  deleteMany(keys: readonly string[]): Promise<void>;
  clear(): Promise<void>;
  keys(): Promise<readonly string[]>;
  /** In the order of the keys; undefined where there is no such record. */
  getMany(keys: readonly string[]): Promise<readonly unknown[]>;
  entries(): Promise<(readonly [string, unknown])[]>;
}

/** idb-keyval wants one database per store. */
const databaseName = (storeName: string): string => `budcache-${storeName}`;

/** A store that is known to take writes: one is tried first, since some browsers fail only then. */
export async function openKeyValueStore(storeName: string): Promise<KeyValueStore> {
  try {
    const store = createStore(databaseName(storeName), 'records');
    await set('write-test', true, store);
    await del('write-test', store);
    return indexedDbStore(store);
  } catch {
    return memoryStore();
  }
}

function indexedDbStore(store: UseStore): KeyValueStore {
  return {
    durable: true,
    get: (key) => get<unknown>(key, store),
    set: (key, value) => set(key, value, store),
    setMany: (records) => setMany(records.map(([key, value]) => [key, value]), store),
    delete: (key) => del(key, store),
    deleteMany: (gone) => delMany([...gone], store),
    clear: () => clear(store),
    keys: () => keys<string>(store),
    getMany: (wanted) => getMany<unknown>([...wanted], store),
    entries: () => entries<string, unknown>(store),
  };
}

/** Copies on the way in, as IndexedDB does, so that both behave alike. */
export function memoryStore(): KeyValueStore {
  const records = new Map<string, unknown>();
  return {
    durable: false,
    get: async (key) => records.get(key),
    set: async (key, value) => {
      records.set(key, structuredClone(value));
    },
    setMany: async (added) => {
      for (const [key, value] of added.map(([key, value]) => [key, structuredClone(value)] as const)) {
        records.set(key, value);
      }
    },
    delete: async (key) => {
      records.delete(key);
    },
    deleteMany: async (gone) => {
      for (const key of gone) records.delete(key);
    },
    clear: async () => records.clear(),
    keys: async () => [...records.keys()],
    getMany: async (wanted) => wanted.map((key) => records.get(key)),
    entries: async () => [...records],
  };
}
