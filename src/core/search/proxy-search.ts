/** The best masks by the proxy alone: steepest descent over all single moves from many starts. No model is run. */
import type { Cancel } from '../denoiser.ts';
import { seededRandom } from '../rng/seeded-random.ts';
import type { Mask, MaskSpace } from './mask.ts';
import { maskKey, movableSteps, reusedSteps, withMove } from './mask.ts';
import type { ScoredMask } from './objective.ts';
import type { Proxy } from './proxy.ts';
import { moveProxyWalk, startProxyWalk } from './proxy-walk.ts';
import { randomMask } from './random-mask.ts';

export interface ProxySearchRequest {
  readonly proxy: Proxy;
  readonly space: MaskSpace;
  readonly seed: number;
  /** Random ones, beside `starts`. */
  readonly randomStarts: number;
  readonly starts?: readonly Mask[];
  /** How many masks to return. */
  readonly keep: number;
  readonly cancel?: Cancel | undefined;
  /** After each descent. Awaited, so that a worker may look at its messages. */
  readonly onDescent?: ((best: ScoredMask, masksScored: number) => Promise<void> | void) | undefined;
}

export interface ProxySearchResult {
  /** Different masks, the best first, by the proxy's score. */
  readonly masks: readonly ScoredMask[];
  readonly masksScored: number;
}

export async function searchByProxy(request: ProxySearchRequest): Promise<ProxySearchResult> {
  const { proxy, space, keep, cancel, onDescent } = request;
  const random = seededRandom(request.seed);
  const starts = [...(request.starts ?? []), ...Array.from({ length: request.randomStarts }, () => randomMask(space, random))];
  const kept = createShortlist(keep);
  let masksScored = 0;
  for (const start of starts) {
    cancel?.throwIfAborted();
    let walk = startProxyWalk(proxy, start);
    kept.offer(walk.mask, walk.score);
    masksScored += 1;
    for (;;) {
      let best: { from: number; to: number; score: number } | null = null;
      for (const from of movableSteps(walk.mask, space)) {
        for (const to of reusedSteps(walk.mask, space)) {
          const score = walk.scoreOfMove(from, to);
          masksScored += 1;
          if (score < kept.limit()) kept.offer(withMove(walk.mask, from, to), score);
          if (score < (best?.score ?? walk.score)) best = { from, to, score };
        }
      }
      if (best === null) break;
      walk = moveProxyWalk(proxy, walk, best.from, best.to);
    }
    const best = kept.masks()[0];
    if (best !== undefined) await onDescent?.(best, masksScored);
  }
  return { masks: kept.masks(), masksScored };
}

/** The best few different masks offered. */
export function createShortlist(capacity: number) {
  let entries: { readonly key: string; readonly scored: ScoredMask }[] = [];
  return {
    /** A mask at or above this is not taken. */
    limit: (): number => (entries.length < capacity ? Infinity : (entries.at(-1)?.scored.value ?? Infinity)),
    offer(mask: Mask, value: number): void {
      const key = maskKey(mask);
      if (entries.some((entry) => entry.key === key)) return;
      entries = [...entries, { key, scored: { mask, value } }].toSorted((a, b) => a.scored.value - b.scored.value).slice(0, capacity);
    },
    masks: (): ScoredMask[] => entries.map(({ scored }) => scored),
  };
}
