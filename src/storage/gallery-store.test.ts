import { describe, expect, test } from 'vitest';
import type { GalleryEntry } from './gallery-record.ts';
import { createGalleryStore } from './gallery-store.ts';
import type { KeyValueStore } from './key-value.ts';
import { memoryStore } from './key-value.ts';
import { goodEntry, pngBlob } from './test-support/gallery-entries.ts';

const entries = async (gallery: ReturnType<typeof createGalleryStore>): Promise<readonly GalleryEntry[]> => {
  const listed = await gallery.list();
  if (!listed.ok) throw new Error(listed.error.message);
  return listed.value.entries;
};

describe('stored pictures', () => {
  test('come back as they went in, newest first, with their file', async () => {
    const gallery = createGalleryStore(memoryStore());
    const [older, newer] = [goodEntry('older', 1000), goodEntry('newer', 2000)];
    await gallery.add(newer, pngBlob());
    expect(await gallery.add(older, pngBlob())).toEqual({ ok: true, value: null });
    expect(await entries(gallery)).toEqual([newer, older]);
    const png = await gallery.png('older');
    if (!png.ok) throw new Error(png.error.message);
    expect(new Uint8Array(await png.value.arrayBuffer())).toEqual(new Uint8Array(await pngBlob().arrayBuffer()));
    expect(png.value.type).toBe('image/png');
  });

  test('keep a full run’s missing policy, and drop fields of later versions', async () => {
    const records = memoryStore();
    const gallery = createGalleryStore(records);
    const full = { ...goodEntry(), recipe: { ...goodEntry().recipe, policy: null } };
    await records.set('entry/one', { ...full, mood: 'cheerful' });
    expect(await entries(gallery)).toEqual([full]);
  });

  test('go one by one, or all with the damaged ones', async () => {
    const records = memoryStore();
    const gallery = createGalleryStore(records);
    for (const id of ['a', 'b', 'c']) await gallery.add(goodEntry(id), pngBlob());
    expect(await gallery.delete('b')).toMatchObject({ ok: true });
    expect((await entries(gallery)).map(({ id }) => id).toSorted()).toEqual(['a', 'c']);
    expect(await gallery.png('b')).toMatchObject({ ok: false, error: { code: 'picture-invalid' } });
    await records.set('entry/bad', 'nothing');
    await gallery.clear();
    expect(await records.keys()).toEqual([]);
  });
});

describe('a record that is damaged', () => {
  const good = goodEntry();
  test.each<[string, unknown]>([
    ['nothing at all', undefined],
    ['an id that is a path', { ...good, id: '../one' }],
    ['a date that is none', { ...good, createdMs: Number.NaN }],
    ['no pixels', { ...good, width: 0 }],
    ['a thumbnail that is a text', { ...good, thumbnail: 'data:' }],
    ['a thumbnail of another kind', { ...good, thumbnail: new Blob(['<svg/>'], { type: 'image/svg+xml' }) }],
    ['a recipe without a seed', { ...good, recipe: { ...good.recipe, seed: undefined } }],
    ['a policy that makes no sense', { ...good, recipe: { ...good.recipe, policy: { ...good.recipe.policy, computedSteps: [1] } } }],
    ['a policy that is only named', { ...good, recipe: { ...good.recipe, policy: 'NFE 2' } }],
    ['a trace without steps', { ...good, trace: { ...good.trace, steps: null } }],
    ['a prediction that is a word', { ...good, predictedMs: 'soon' }],
  ])('(%s) is counted, left where it is, and hides no other', async (_, record) => {
    const records = memoryStore();
    const gallery = createGalleryStore(records);
    await gallery.add(goodEntry('two'), pngBlob());
    await records.set('entry/one', record);
    expect(await gallery.list()).toMatchObject({ ok: true, value: { damagedCount: 1, entries: [{ id: 'two' }] } });
    expect(await records.keys()).toContain('entry/one');
  });

  test('has no file to show when that is another thing', async () => {
    const records = memoryStore();
    await records.set('png/one', new Blob(['<svg/>'], { type: 'image/svg+xml' }));
    expect(await createGalleryStore(records).png('one')).toMatchObject({ ok: false, error: { code: 'picture-invalid' } });
  });
});

describe('a browser that refuses', () => {
  const failing = (error: unknown): KeyValueStore => {
    const reject = () => Promise.reject(error as Error);
    return { ...memoryStore(), setMany: reject, deleteMany: reject, clear: reject, get: reject, keys: reject };
  };

  test.each([
    ['full', new DOMException('full', 'QuotaExceededError'), 'quota-exceeded'],
    ['blocked', new DOMException('denied', 'SecurityError'), 'storage-unavailable'],
    ['silent', null, 'storage-unavailable'],
  ])('because it is %s says so by a code, at every operation', async (_, error, code) => {
    const gallery = createGalleryStore(failing(error));
    const outcomes = [
      await gallery.add(goodEntry(), pngBlob()),
      await gallery.list(),
      await gallery.png('one'),
      await gallery.delete('one'),
      await gallery.clear(),
    ];
    expect(outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.error.code))).toEqual(Array.from({ length: 5 }, () => code));
  });

  test('one picture keeps those stored before', async () => {
    const records = memoryStore();
    await createGalleryStore(records).add(goodEntry('kept'), pngBlob());
    const full = { ...records, setMany: () => Promise.reject(new DOMException('full', 'QuotaExceededError')) };
    const gallery = createGalleryStore(full);
    expect(await gallery.add(goodEntry('late'), pngBlob())).toMatchObject({ error: { code: 'quota-exceeded' } });
    expect((await entries(gallery)).map(({ id }) => id)).toEqual(['kept']);
    expect(await gallery.png('kept')).toMatchObject({ ok: true });
  });
});
