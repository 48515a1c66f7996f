import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { filesOf } from '../../src/storage/manifest-needs.ts';
import { findManifest, forgetModel, keepManifest, noteWanted, pruneStore, storedModels } from './bundle-manifest.ts';
import { createMemoryStore } from './model-store-memory.ts';
import { writeWhole } from './model-store.ts';

const TEXT = readFileSync(new URL('../../public/models/micro/manifest.json', import.meta.url), 'utf8');
const MANIFEST = JSON.parse(TEXT) as Manifest;
const URL_OF_MODEL = 'https://site.example/models/micro/manifest.json';
const signal = new AbortController().signal;

const answers = (response: () => Response): void => {
  vi.stubGlobal('fetch', () => Promise.resolve(response()));
};
const offline = (): void => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
};

afterEach(() => vi.unstubAllGlobals());

/** Another version of the same bundle: its denoiser is another file. */
function newerManifest(): { readonly manifest: Manifest; readonly text: string } {
  const denoiser = MANIFEST.weights['denoiser'];
  if (denoiser === undefined) throw new Error('The micro bundle has no denoiser weights.');
  const manifest: Manifest = { ...MANIFEST, weights: { ...MANIFEST.weights, denoiser: { ...denoiser, sha256: 'a'.repeat(64) } } };
  return { manifest, text: JSON.stringify(manifest) };
}

// The first use of fetch's classes loads Node's implementation, which takes a busy machine seconds.
const SLOW = { timeout: 60_000 };

describe('a manifest', SLOW, () => {
  it('comes from the site, and without a network from the last complete download', async () => {
    const store = createMemoryStore();
    answers(() => new Response(TEXT));
    const found = await findManifest(URL_OF_MODEL, store, signal);
    expect(found.manifest.id).toBe('micro');

    offline();
    await expect(findManifest(URL_OF_MODEL, store, signal)).rejects.toMatchObject({ code: 'download-failed' });
    await keepManifest(URL_OF_MODEL, found, store);
    expect(await findManifest(URL_OF_MODEL, store, signal)).toEqual(found);
  });

  it('that is bad on the site is refused even when an older one is kept', async () => {
    const store = createMemoryStore();
    await keepManifest(URL_OF_MODEL, { manifest: MANIFEST, text: TEXT }, store);
    answers(() => new Response('<!doctype html>'));
    await expect(findManifest(URL_OF_MODEL, store, signal)).rejects.toMatchObject({ code: 'model-invalid' });
    answers(() => new Response('{"formatVersion": 9}'));
    await expect(findManifest(URL_OF_MODEL, store, signal)).rejects.toMatchObject({ code: 'model-invalid' });
  });

  it('that was damaged in the store is as good as none', async () => {
    const store = createMemoryStore();
    await keepManifest(URL_OF_MODEL, { manifest: MANIFEST, text: TEXT.slice(0, 500) }, store);
    offline();
    await expect(findManifest(URL_OF_MODEL, store, signal)).rejects.toMatchObject({ code: 'download-failed' });
  });
});

describe('pruning', () => {
  it('keeps an older bundle until the newer one is whole, and what belongs to none goes', async () => {
    const store = createMemoryStore();
    const older = filesOf(MANIFEST).map(({ sha256 }) => sha256);
    const replaced = MANIFEST.weights['denoiser']?.sha256 ?? '';
    for (const name of [...older, 'f'.repeat(64)]) await writeWhole(store, name, new Uint8Array(3));
    await keepManifest(URL_OF_MODEL, { manifest: MANIFEST, text: TEXT }, store);

    const newer = newerManifest();
    await pruneStore(URL_OF_MODEL, newer.manifest, false, store);
    expect(await store.size('f'.repeat(64))).toBe(0);
    expect(await store.size(replaced)).toBe(3);

    await keepManifest(URL_OF_MODEL, newer, store);
    await pruneStore(URL_OF_MODEL, newer.manifest, true, store);
    const expected = older.filter((name) => name !== replaced);
    const left = (await store.names()).filter((name) => !name.startsWith('manifest-'));
    expect(left.toSorted()).toEqual([...new Set(expected)].toSorted());
  });

  it('leaves the files of other models alone', async () => {
    const store = createMemoryStore();
    const other = newerManifest();
    await writeWhole(store, 'a'.repeat(64), new Uint8Array(3));
    await keepManifest('https://site.example/models/other/manifest.json', other, store);
    await pruneStore(URL_OF_MODEL, MANIFEST, true, store);
    expect(await store.size('a'.repeat(64))).toBe(3);
  });

  it('keeps what has arrived of a model that is on its way', async () => {
    const store = createMemoryStore();
    await noteWanted(URL_OF_MODEL, { manifest: MANIFEST, text: TEXT }, store);
    const [first] = filesOf(MANIFEST);
    await writeWhole(store, first?.sha256 ?? '', new Uint8Array(3));
    await pruneStore('https://site.example/models/other/manifest.json', newerManifest().manifest, true, store);
    expect(await store.size(first?.sha256 ?? '')).toBe(3);
  });
});

describe('stored models', () => {
  it('are listed with what is here of them, and forgotten without harm to others', async () => {
    const store = createMemoryStore();
    const other = newerManifest();
    const otherUrl = 'https://hub.example/other/manifest.json';
    await keepManifest(URL_OF_MODEL, { manifest: MANIFEST, text: TEXT }, store);
    await noteWanted(otherUrl, other, store);
    for (const { sha256 } of filesOf(MANIFEST)) await writeWhole(store, sha256, new Uint8Array(3));
    const listed = await storedModels(store);
    expect(listed.map(({ manifestUrl }) => manifestUrl).toSorted()).toEqual([otherUrl, URL_OF_MODEL]);
    expect(listed.find(({ manifestUrl }) => manifestUrl === URL_OF_MODEL)?.storedBytes).toBe(3 * filesOf(MANIFEST).length);

    await forgetModel(URL_OF_MODEL, store);
    expect((await storedModels(store)).map(({ manifestUrl }) => manifestUrl)).toEqual([otherUrl]);
    const shared = new Set(filesOf(other.manifest).map(({ sha256 }) => sha256));
    for (const { sha256 } of filesOf(MANIFEST)) expect(await store.size(sha256)).toBe(shared.has(sha256) ? 3 : 0);
  });
});
