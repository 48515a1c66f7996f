import { expect, it } from 'vitest';
import { createLookStore } from './look-store.ts';

function fakeStorage(text: string | null, isFull = false): Storage {
  const records = new Map(text === null ? [] : [['look', text]]);
  return {
    length: 0,
    clear: () => records.clear(),
    key: () => null,
    removeItem: (key) => void records.delete(key),
    getItem: (key) => records.get(key) ?? null,
    setItem(key, value) {
      if (isFull) throw new DOMException('full', 'QuotaExceededError');
      records.set(key, value);
    },
  };
}

it('keeps what was chosen for the next visit', () => {
  const storage = fakeStorage(null);
  createLookStore(storage).write({ theme: 'dark' });
  createLookStore(storage).write({ livePreviews: true });
  expect(createLookStore(storage).read()).toEqual({ theme: 'dark', livePreviews: true });
});

it.each([['no JSON', '{'], ['another shape', '[3]'], ['unknown values', '{"theme":"pink","livePreviews":7}'], ['nothing', null]])(
  'starts from the defaults where it finds %s',
  (_, text) => {
    expect(createLookStore(fakeStorage(text)).read()).toEqual({ theme: 'system', livePreviews: false });
  },
);

it('works for this visit where nothing can be stored', () => {
  for (const storage of [null, fakeStorage(null, true)]) {
    const look = createLookStore(storage);
    look.write({ theme: 'light' });
    expect(look.read().theme).toBe('light');
  }
});
