/** What happens to pictures when they are deleted, brought back, and when there is no room; no canvas is needed for that. */
import { expect, test } from 'vitest';
import { createGalleryStore } from '../storage/gallery-store.ts';
import type { KeyValueStore } from '../storage/key-value.ts';
import { memoryStore } from '../storage/key-value.ts';
import { goodEntry, pngBlob } from '../storage/test-support/gallery-entries.ts';
import type { AppContext } from './app-context.ts';
import { clearGallery, deletePicture, startGallery, undoDelete } from './gallery-actions.ts';
import { runOf, setGalleryId } from './gallery-run.ts';
import { EMPTY_DRAFT, initialState } from './state.ts';
import { createStore } from './store.ts';

/** A page's gallery over a store that holds `room` pictures. */
async function galleryOver(ids: readonly string[], room = Infinity) {
  const memory = memoryStore();
  const records: KeyValueStore = {
    ...memory,
    async setMany(added) {
      if ((await memory.keys()).length / 2 >= room) throw new DOMException('full', 'QuotaExceededError');
      await memory.setMany(added);
    },
  };
  const gallery = createGalleryStore(records);
  for (const [index, id] of ids.entries()) await gallery.add(goodEntry(id, 1000 + index), pngBlob());
  const store = createStore(initialState('tiny', EMPTY_DRAFT));
  // The rest of the page has no part in this.
  const app = { store, gallery: Promise.resolve(gallery) } as unknown as AppContext;
  await startGallery(app);
  const shown = (): string[] => (store.get().gallery.items ?? []).map(({ entry, unstoredPng }) => entry.id + (unstoredPng === null ? '' : ' (not stored)'));
  const stored = async (): Promise<string[]> => (await records.keys()).filter((key) => key.startsWith('png/')).toSorted();
  return { app, store, records, shown, stored };
}

/** Puts something on the stage that is this picture of the gallery, so that Undo need not decode one. */
function putOnStage({ store }: AppContext, id: string): void {
  const picture = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
  const run = runOf(goodEntry(id), picture, { manifest: null, opened: null, stops: [] });
  setGalleryId(run, id);
  store.set({ finished: run });
}

test('stored pictures are shown newest first', async () => {
  const { shown } = await galleryOver(['a', 'b', 'c']);
  expect(shown()).toEqual(['c', 'b', 'a']);
});

test('a deleted picture is gone from storage, and Undo brings each back to its place', async () => {
  const { app, shown, stored } = await galleryOver(['a', 'b', 'c']);
  putOnStage(app, 'c');
  expect(await deletePicture(app, 'b')).toBe(true);
  expect(await deletePicture(app, 'a')).toBe(true);
  expect([shown(), await stored()]).toEqual([['c'], ['png/c']]);
  expect([await undoDelete(app), await undoDelete(app), await undoDelete(app)]).toEqual(['a', 'b', null]);
  expect([shown(), await stored()]).toEqual([['c', 'b', 'a'], ['png/a', 'png/b', 'png/c']]);
});

test('deleting the picture on the stage clears the stage, deleting another does not', async () => {
  const { app, store } = await galleryOver(['a', 'b']);
  putOnStage(app, 'a');
  await deletePicture(app, 'b');
  expect(store.get().finished).not.toBeNull();
  await deletePicture(app, 'a');
  expect(store.get().finished).toBeNull();
});

test('a picture that finds no room stays here, is told, and is stored once there is room', async () => {
  const { app, store, records, shown, stored } = await galleryOver(['a', 'b', 'c'], 3);
  putOnStage(app, 'b');
  await deletePicture(app, 'a');
  // Another tab takes the room meanwhile.
  await records.setMany([['entry/z', goodEntry('z', 1)], ['png/z', pngBlob()]]);
  await undoDelete(app);
  expect(shown()).toEqual(['c', 'b', 'a (not stored)']);
  expect(store.get().notices).toMatchObject([{ key: 'gallery', code: 'quota-exceeded' }]);
  await deletePicture(app, 'c');
  expect(shown()).toEqual(['b', 'a']);
  expect(await stored()).toEqual(['png/a', 'png/b', 'png/z']);
});

test('clearing leaves nothing, not even to undo', async () => {
  const { app, store, records, shown } = await galleryOver(['a', 'b']);
  await deletePicture(app, 'a');
  await clearGallery(app);
  expect([shown(), store.get().gallery.deleted, await records.keys()]).toEqual([[], [], []]);
});
