/**
 * The pictures this browser keeps: for each a small record and its PNG, written together or not at all. The
 * list reads the records alone. Nothing is ever removed to make room: a full disk is told, and what is there stays.
 */
import type { Outcome } from '../protocol/errors.ts';
import type { GalleryEntry } from './gallery-record.ts';
import { parseGalleryEntry } from './gallery-record.ts';
import type { KeyValueStore } from './key-value.ts';
import { fail } from './schema-failure.ts';
import { toStorageFailure } from './storage-failure.ts';

export interface GalleryList {
  /** Newest first, each known to be sound. */
  readonly entries: readonly GalleryEntry[];
  /** Records that cannot be shown; they are left where they are until the gallery is cleared. */
  readonly damagedCount: number;
}

/** Fails with `quota-exceeded` or `storage-unavailable`; never rejects. */
export interface GalleryStore {
  /** False: kept only until the page is closed. */
  readonly durable: boolean;
  list(): Promise<Outcome<GalleryList>>;
  /** Both or none are stored. The same id again replaces. */
  add(entry: GalleryEntry, png: Blob): Promise<Outcome<null>>;
  /** The file, whole and in memory, so that it survives its record. Fails with `picture-invalid` too. */
  png(id: string): Promise<Outcome<Blob>>;
  delete(id: string): Promise<Outcome<null>>;
  /** Damaged records too. */
  clear(): Promise<Outcome<null>>;
}

const ENTRY_PREFIX = 'entry/';
const PNG_PREFIX = 'png/';

export function createGalleryStore(store: KeyValueStore): GalleryStore {
  return {
    durable: store.durable,

    list: () =>
      guarded(async () => {
        const keys = (await store.keys()).filter((key) => key.startsWith(ENTRY_PREFIX));
        const parsed = (await store.getMany(keys)).map(parseGalleryEntry);
        const entries = parsed.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
        return { entries: entries.toSorted(newestFirst), damagedCount: parsed.length - entries.length };
      }),

    add: (entry, png) =>
      guarded(async () => {
        await store.setMany([[ENTRY_PREFIX + entry.id, entry], [PNG_PREFIX + entry.id, png]]);
        return null;
      }),

    async png(id) {
      const read = await guarded(() => store.get(PNG_PREFIX + id));
      if (!read.ok) return read;
      const { value } = read;
      if (!(value instanceof Blob) || value.type !== 'image/png') return fail('picture-invalid', 'The picture’s file is missing.');
      try {
        return { ok: true, value: new Blob([await value.arrayBuffer()], { type: 'image/png' }) };
      } catch (error) {
        // The browser has lost the file behind the record.
        return fail('picture-invalid', error instanceof Error ? error.message : String(error));
      }
    },

    delete: (id) =>
      guarded(async () => {
        await store.deleteMany([ENTRY_PREFIX + id, PNG_PREFIX + id]);
        return null;
      }),

    clear: () =>
      guarded(async () => {
        await store.clear();
        return null;
      }),
  };
}

export const newestFirst = (a: GalleryEntry, b: GalleryEntry): number =>
  b.createdMs - a.createdMs || (a.id < b.id ? 1 : -1);

async function guarded<T>(operation: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await operation() };
  } catch (error) {
    return { ok: false, error: toStorageFailure(error) };
  }
}
