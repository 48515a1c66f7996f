import { describe, expect, it } from 'vitest';
import { torchRandn } from '../rng/torch-randn.ts';
import { enumerateMasks } from './exhaustive.ts';
import { gramOf } from './gram.ts';
import type { ProxyAnnealRequest, ProxyAnnealState } from './proxy-anneal.ts';
import { annealProxy, PROXY_ANNEAL_SETTINGS } from './proxy-anneal.ts';
import { createProxy } from './proxy.ts';
import { errorCount } from './reuse-errors.ts';

const space = { stepCount: 12, nfe: 5, prefix: 1 };
const proxy = createProxy({ stepCount: 12, grams: [1, 2].map((pair) => gramOf(Array.from({ length: errorCount(12) }, (_, index) => torchRandn(100 * pair + index, 6)))) });
const settings = { ...PROXY_ANNEAL_SETTINGS, chains: 3, segmentsPerChain: 6, masksPerSegment: 60, keep: 10 };
const requestOf = (change: Partial<ProxyAnnealRequest> = {}): ProxyAnnealRequest => ({ proxy, space, seed: 7, starts: [[0, 2, 4, 6, 8]], settings, ...change });

describe('annealing over the proxy', () => {
  it('finds the best mask of all, and keeps budget and step 0', async () => {
    const { kept } = await annealProxy(requestOf());
    const best = Math.min(...[...enumerateMasks(space)].map((mask) => proxy.score(mask)));
    expect(kept[0]?.value).toBe(best);
    expect(kept).toHaveLength(10);
    for (const { mask, value } of kept) {
      expect([mask[0], new Set(mask).size]).toEqual([0, 5]);
      expect(value).toBe(proxy.score(mask));
    }
  });

  it('tells of a best that only falls, of colder and colder chains, and counts every mask', async () => {
    const bests: number[] = [];
    const temperatures: number[] = [];
    const { masksScored } = await annealProxy(requestOf({ onSegment: ({ best, temperature }) => void (bests.push(best.value), temperatures.push(temperature)) }));
    expect(bests).toEqual(bests.toSorted((a, b) => b - a));
    for (const chain of [0, 6, 12]) {
      const cooling = temperatures.slice(chain, chain + 6);
      expect(cooling).toEqual(cooling.toSorted((a, b) => b - a));
      expect((cooling[0] ?? 0) / (cooling[5] ?? 1)).toBeGreaterThan(100);
    }
    expect(masksScored).toBe(3 * (6 * 60 + settings.probeMoves + 1));
  });

  it('repeats itself for one seed and goes another way for another', async () => {
    const first = await annealProxy(requestOf());
    expect(await annealProxy(requestOf())).toEqual(first);
    expect((await annealProxy(requestOf({ seed: 8 }))).current).not.toEqual(first.current);
  });

  it.each([1, 6, 11])('stopped after %i segments and resumed from plain data, ends as if never stopped', async (segments) => {
    const whole = await annealProxy(requestOf());
    let saved: ProxyAnnealState | undefined;
    const onSegment = ({ state }: { readonly state: ProxyAnnealState }): void => {
      saved = JSON.parse(JSON.stringify(state)) as ProxyAnnealState;
      if (state.segmentsDone === segments) throw new Error('stopped');
    };
    await expect(annealProxy(requestOf({ onSegment }))).rejects.toThrow('stopped');
    expect(await annealProxy(requestOf({ resume: saved }))).toEqual(whole);
  });

  it('stands where nothing can move', async () => {
    const tight = { stepCount: 12, nfe: 5, prefix: 5 };
    const { kept } = await annealProxy(requestOf({ space: tight, starts: [] }));
    expect(kept.map(({ mask }) => mask)).toEqual([[0, 1, 2, 3, 4]]);
  });
});
