import { describe, expect, it } from 'vitest';
import { openForgivingSink } from './forgiving-sink.ts';
import { createMemoryStore } from './model-store-memory.ts';
import type { ModelStore } from './model-store.ts';
import { failureOf } from './storage-room.ts';

const QUOTA = new DOMException('full', 'QuotaExceededError');

/** A store that takes so many pieces. */
function nearlyFull(pieceCount: number): ModelStore {
  const store = createMemoryStore();
  return {
    ...store,
    async openSink(name) {
      const sink = await store.openSink(name);
      let taken = 0;
      return {
        ...sink,
        append(piece) {
          if (taken++ >= pieceCount) throw QUOTA;
          sink.append(piece);
        },
      };
    },
  };
}

describe('a forgiving sink', () => {
  it('tells once of a store that is full and keeps what it took', async () => {
    const store = nearlyFull(2);
    const troubles: unknown[] = [];
    const sink = await openForgivingSink(store, 'file', (error) => troubles.push(error));
    await sink.restart(null);
    for (let piece = 0; piece < 5; piece += 1) sink.append(new Uint8Array(10));
    await sink.close();
    expect(troubles).toEqual([QUOTA]);
    expect(await store.size('file')).toBe(20);
  });

  it('stands in for one that cannot even be opened', async () => {
    const store: ModelStore = { ...createMemoryStore(), openSink: () => Promise.reject(QUOTA) };
    const troubles: unknown[] = [];
    const sink = await openForgivingSink(store, 'file', (error) => troubles.push(error));
    await sink.restart('"etag"');
    sink.append(new Uint8Array(10));
    await sink.close();
    expect(sink.arrived.byteLength).toBe(0);
    expect(troubles).toEqual([QUOTA]);
  });
});

it('a full store is told from one that is not allowed', () => {
  expect(failureOf(QUOTA).code).toBe('quota-exceeded');
  expect(failureOf(new DOMException('no', 'SecurityError')).code).toBe('storage-unavailable');
});
