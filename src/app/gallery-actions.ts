/** The gallery: every finished picture is stored as it comes, and goes only when the person says so. */
import type { Failure, Outcome } from '../protocol/errors.ts';
import type { GalleryEntry } from '../storage/gallery-record.ts';
import { newestFirst } from '../storage/gallery-store.ts';
import type { AppContext } from './app-context.ts';
import { addNotice, dismissNotice, reportFailure, warn } from './app-context.ts';
import { pictureFiles, readPicture } from './gallery-picture.ts';
import { entryOf, galleryIdOf, newEntryId, runOf, setGalleryId } from './gallery-run.ts';
import type { GalleryItem, GalleryState } from './gallery-state.ts';
import { portableRecipe } from './recipe-portable.ts';
import type { FinishedRun } from './state.ts';

const NOTICE = 'gallery';
/** They are held in memory. */
const MAX_UNDO = 20;

/** Tells the other tabs of this browser; null where there is no such channel. */
const otherTabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('budcache-gallery');

export const itemsOf = (app: AppContext): readonly GalleryItem[] => app.store.get().gallery.items ?? [];

const hasUnstored = (app: AppContext): boolean => itemsOf(app).some(({ unstoredPng }) => unstoredPng !== null);

const patchGallery = ({ store }: AppContext, patch: Partial<GalleryState>): void =>
  store.set({ gallery: { ...store.get().gallery, ...patch } });

function putItem(app: AppContext, item: GalleryItem): void {
  const others = itemsOf(app).filter(({ entry }) => entry.id !== item.entry.id);
  patchGallery(app, { items: [...others, item].toSorted((a, b) => newestFirst(a.entry, b.entry)) });
}

/** Reads what is stored, now and whenever another tab changes it. */
export async function startGallery(app: AppContext): Promise<void> {
  if (otherTabs !== null) otherTabs.onmessage = () => void readStored(app);
  // Browsers then ask whether the page may really be closed.
  globalThis.addEventListener?.('beforeunload', (event) => hasUnstored(app) && event.preventDefault());
  await readStored(app);
}

async function readStored(app: AppContext): Promise<void> {
  const gallery = await app.gallery;
  let listed: Awaited<ReturnType<typeof gallery.list>>;
  let itemsBefore: GalleryState['items'];
  // What is stored or deleted while the list is read may be missing from it, or still be in it.
  do {
    itemsBefore = app.store.get().gallery.items;
    listed = await gallery.list();
  } while (itemsBefore !== app.store.get().gallery.items);
  if (!listed.ok) reportFailure(app, NOTICE, listed.error);
  const { entries, damagedCount } = listed.ok ? listed.value : { entries: [], damagedCount: 0 };
  const stored = entries.map((entry) => ({ entry, unstoredPng: null }));
  const storedIds = new Set(entries.map(({ id }) => id));
  const unstored = itemsOf(app).filter(({ entry, unstoredPng }) => unstoredPng !== null && !storedIds.has(entry.id));
  patchGallery(app, { items: [...stored, ...unstored].toSorted((a, b) => newestFirst(a.entry, b.entry)) });
  if (damagedCount > 0) {
    const message = `${damagedCount} stored ${damagedCount === 1 ? 'picture is' : 'pictures are'} damaged.`;
    warn(app, NOTICE, { code: 'picture-invalid', message });
  }
  await measureStorage(app);
}

/** Stores a finished run's picture. Where there is no room it stays in memory, and the page says so. Never rejects. */
export async function keepPicture(app: AppContext, run: FinishedRun): Promise<void> {
  const createdMs = Date.now();
  const id = newEntryId(createdMs);
  setGalleryId(run, id);
  const recipe = portableRecipe(run.recipe, app.store.get().manifest);
  const files = await pictureFiles(run.result.picture, recipe);
  if (!files.ok) {
    reportFailure(app, NOTICE, files.error);
    return;
  }
  const { png, thumbnail } = files.value;
  const entry = entryOf(run, recipe, { id, createdMs, pngBytes: png.size, thumbnail });
  await storePicture(app, entry, png);
}

async function storePicture(app: AppContext, entry: GalleryEntry, png: Blob): Promise<void> {
  putItem(app, { entry, unstoredPng: png });
  const stored = await (await app.gallery).add(entry, png);
  if (!stored.ok) {
    reportUnstored(app, stored.error);
    return;
  }
  putItem(app, { entry, unstoredPng: null });
  await afterChange(app);
  void askToPersist(app);
}

let hasAsked = false;

/**
 * Once a visit, and not before there is a picture to keep: some browsers put the question to the person, who may
 * take their time or never answer.
 */
async function askToPersist(app: AppContext): Promise<void> {
  if (hasAsked) return;
  hasAsked = true;
  try {
    if (!(await navigator.storage.persisted()) && (await navigator.storage.persist())) await measureStorage(app);
  } catch {
    // As good as a no, which the page says anyway.
  }
}

function reportUnstored(app: AppContext, { code, message }: Failure): void {
  const why = code === 'quota-exceeded' ? 'The browser has no room left for this picture.' : 'The browser could not store this picture.';
  const text = `${why} It stays here until the page is closed; download it, or delete older pictures to make room. Everything stored before is kept.`;
  addNotice(app, { key: NOTICE, kind: 'error', text, code, detail: message });
}

/** Tries those again that found no room, the oldest first. */
async function storeLeftovers(app: AppContext): Promise<void> {
  const gallery = await app.gallery;
  for (const { entry, unstoredPng } of itemsOf(app).toReversed()) {
    if (unstoredPng === null) continue;
    const stored = await gallery.add(entry, unstoredPng);
    if (!stored.ok) return;
    putItem(app, { entry, unstoredPng: null });
    if (!hasUnstored(app)) dismissNotice(app, NOTICE);
  }
}

async function afterChange(app: AppContext): Promise<void> {
  otherTabs?.postMessage('changed');
  await measureStorage(app);
}

async function measureStorage(app: AppContext): Promise<void> {
  try {
    const { usage, quota } = await navigator.storage.estimate();
    const isPersisted = await navigator.storage.persisted();
    const isKnown = usage !== undefined && quota !== undefined;
    patchGallery(app, { usage: isKnown ? { usedBytes: usage, quotaBytes: quota, isPersisted } : null });
  } catch {
    patchGallery(app, { usage: null });
  }
}

/** The run behind a picture of the gallery, its pixels read from storage. */
export async function loadPicture(app: AppContext, id: string): Promise<Outcome<FinishedRun>> {
  const item = itemsOf(app).find(({ entry }) => entry.id === id);
  if (item === undefined) return { ok: false, error: { code: 'picture-invalid', message: 'It is no longer in the gallery.' } };
  const png = await fileOf(app, item);
  const picture = png.ok ? await readPicture(png.value) : png;
  return picture.ok ? { ok: true, value: runOf(item.entry, picture.value, app.store.get()) } : picture;
}

async function fileOf(app: AppContext, { entry, unstoredPng }: GalleryItem): Promise<Outcome<Blob>> {
  return unstoredPng === null ? (await app.gallery).png(entry.id) : { ok: true, value: unstoredPng };
}

let wantedId: string | null = null;

/** Puts a picture back on the stage; of two asked for in a row the later one stays. */
export async function showPicture(app: AppContext, id: string): Promise<void> {
  wantedId = id;
  const loaded = await loadPicture(app, id);
  if (wantedId !== id) return;
  if (loaded.ok) app.store.set({ finished: loaded.value, comparison: null, announcement: 'The picture is on the stage.' });
  else reportFailure(app, NOTICE, loaded.error);
}

/** The picture can be brought back until the page is closed. @returns whether it is gone. */
export async function deletePicture(app: AppContext, id: string): Promise<boolean> {
  const item = itemsOf(app).find(({ entry }) => entry.id === id);
  if (item === undefined) return false;
  const png = await fileOf(app, item);
  const gone = await (await app.gallery).delete(id);
  if (!gone.ok) {
    reportFailure(app, NOTICE, gone.error);
    return false;
  }
  const { deleted } = app.store.get().gallery;
  patchGallery(app, {
    items: itemsOf(app).filter(({ entry }) => entry.id !== id),
    // A picture whose file was lost has nothing to bring back.
    deleted: png.ok ? [...deleted, { entry: item.entry, png: png.value }].slice(-MAX_UNDO) : deleted,
  });
  clearStageOf(app, [id]);
  app.store.set({ announcement: 'Picture deleted.' });
  await storeLeftovers(app);
  await afterChange(app);
  return true;
}

/** Brings the picture deleted last back, and onto the stage where that is empty. @returns its id. */
export async function undoDelete(app: AppContext): Promise<string | null> {
  const { deleted } = app.store.get().gallery;
  const last = deleted.at(-1);
  if (last === undefined) return null;
  patchGallery(app, { deleted: deleted.slice(0, -1) });
  await storePicture(app, last.entry, last.png);
  if (app.store.get().finished === null) await showPicture(app, last.entry.id);
  return last.entry.id;
}

/** For good. */
export async function clearGallery(app: AppContext): Promise<void> {
  const cleared = await (await app.gallery).clear();
  if (!cleared.ok) {
    reportFailure(app, NOTICE, cleared.error);
    return;
  }
  const ids = itemsOf(app).map(({ entry }) => entry.id);
  patchGallery(app, { items: [], deleted: [] });
  clearStageOf(app, ids);
  app.store.set({ announcement: 'All pictures deleted.' });
  await afterChange(app);
}

function clearStageOf({ store }: AppContext, ids: readonly string[]): void {
  const shownId = galleryIdOf(store.get().finished);
  if (shownId !== null && ids.includes(shownId)) store.set({ finished: null, comparison: null });
}
