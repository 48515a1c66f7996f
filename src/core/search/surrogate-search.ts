/** Masks that all runs so far recommend, run one after another (Bayesian optimisation, Snoek et al., arXiv 1206.2944). */
import type { Random } from '../rng/seeded-random.ts';
import type { Neighbourhood } from './hill-climb.ts';
import { neighbours } from './hill-climb.ts';
import type { Mask, MaskSpace } from './mask.ts';
import { maskKey } from './mask.ts';
import { observeMasks } from './mask-observations.ts';
import type { MaskSurrogate } from './mask-surrogate.ts';
import { fitMaskSurrogate } from './mask-surrogate.ts';
import type { Proxy } from './proxy.ts';
import { randomMask } from './random-mask.ts';
import type { SearchDesk } from './search-task.ts';

export interface SurrogateSearch {
  readonly desk: SearchDesk;
  readonly proxy: Proxy | null;
  readonly space: MaskSpace;
  readonly random: Random;
  /** Of all stages of the objective. */
  readonly pairCount: number;
  readonly maskCount: number;
  /** Whether one more mask is within bounds. */
  readonly affords: () => boolean;
}

/** Standard deviations below its expectation that a mask is hoped to lie: the lower bound of Srinivas et al., arXiv 0912.3995. */
const OPTIMISM = 2;
const NEIGHBOURHOOD: Neighbourhood = { kind: 'near-and-far', distance: 3, farMovesPerStep: 1 };
/** The bound is descended from the best masks and from random ones. */
const BEST_STARTS = 4;
const RANDOM_STARTS = 8;

/**
 * Each on all pairs: a mask given up early on few teaches the surrogate little. Ends early when no mask is left.
 * At least one mask must have been evaluated on all pairs before.
 */
export async function followSurrogate({ desk, proxy, space, random, pairCount, maskCount, affords }: SurrogateSearch): Promise<void> {
  for (let round = 1; round <= maskCount && affords(); round++) {
    const looks = desk.book.looks();
    const best = desk.ranked().slice(0, BEST_STARTS);
    const starts = [...best.map(({ mask }) => mask), ...Array.from({ length: RANDOM_STARTS }, () => randomMask(space, random))];
    const seen = new Set(looks.map(({ mask }) => maskKey(mask)));
    const mask = leastBoundMask(fitMaskSurrogate(observeMasks(looks, pairCount, proxy)), { proxy, space, random }, starts, seen);
    if (mask === null) return;
    await desk.report('surrogate', round, await desk.evaluate(mask));
  }
}

/** Steepest descents of the bound: the best mask looked at on the way that was not run yet, or null when all were. */
function leastBoundMask(
  surrogate: MaskSurrogate,
  { proxy, space, random }: Pick<SurrogateSearch, 'proxy' | 'space' | 'random'>,
  starts: readonly Mask[],
  seen: ReadonlySet<string>,
): Mask | null {
  const bounds = new Map<string, number>();
  const boundOf = (mask: Mask): number => {
    const key = maskKey(mask);
    let bound = bounds.get(key);
    if (bound === undefined) {
      const { value, deviation } = surrogate.predict(mask, proxy?.score(mask) ?? 0);
      bound = value - OPTIMISM * deviation;
      bounds.set(key, bound);
    }
    return bound;
  };
  let [best, bestBound]: [Mask | null, number] = [null, Infinity];
  for (const start of starts) {
    for (let current: Mask | null = start; current !== null; ) {
      let next: Mask | null = null;
      for (const mask of [current, ...neighbours(current, space, NEIGHBOURHOOD, random)]) {
        const bound = boundOf(mask);
        if (bound < boundOf(next ?? current)) next = mask;
        if (bound < bestBound && !seen.has(maskKey(mask))) [best, bestBound] = [mask, bound];
      }
      current = next;
    }
  }
  return best;
}
