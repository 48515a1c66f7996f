import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLedger } from './lab-ledger.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-'));
});
afterEach(() => rm(folder, { recursive: true }));
const file = (): URL => pathToFileURL(join(folder, 'new', 'ledger.jsonl'));

describe('the ledger', () => {
  it('makes each value once, also after it was opened anew, and gives it back exactly', async () => {
    let made = 0;
    const make = async (): Promise<number[]> => [0.1 + 0.2, ++made];
    const first = await openLedger(file());
    expect(await first.recall('a', make)).toEqual([0.1 + 0.2, 1]);
    expect(await first.recall('a', make)).toEqual([0.1 + 0.2, 1]);
    expect(await (await openLedger(file())).recall('a', make)).toEqual([0.1 + 0.2, 1]);
    expect(await (await openLedger(file())).recall('b', make)).toEqual([0.1 + 0.2, 2]);
  });

  it('forgets an entry that was cut off, and only that', async () => {
    const first = await openLedger(file());
    await first.recall('a', async () => 1);
    await appendFile(file(), '["b", [1, 2');
    const second = await openLedger(file());
    expect(await second.recall('b', async () => 5)).toBe(5);
    const third = await openLedger(file());
    expect([await third.recall('a', async () => 9), await third.recall('b', async () => 9)]).toEqual([1, 5]);
  });

  it('keeps nothing of what failed', async () => {
    const ledger = await openLedger(file());
    await expect(ledger.recall('a', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
    expect(await ledger.recall('a', async () => 2)).toBe(2);
  });
});
