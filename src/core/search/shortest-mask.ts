/** The mask of least summed cost where a stretch's cost depends on its computed step and on the one before it. */
import type { Mask, MaskSpace } from './mask.ts';
import { checkMaskSpace } from './mask.ts';

/**
 * What it costs to skip the steps after the computed step `newest` until `end`, the next computed step or the end of
 * the run; `older` is the computed step before `newest`, null where there is none.
 */
export type StretchCost = (older: number | null, newest: number, end: number) => number;

/** Exact, by dynamic programming: nfe·stepCount³ costs at most. */
export function shortestMask(space: MaskSpace, costOf: StretchCost): { readonly mask: Mask; readonly cost: number } {
  checkMaskSpace(space);
  const { stepCount, nfe, prefix } = space;
  interface Path {
    readonly mask: Mask;
    readonly cost: number;
  }
  /** By the last two computed steps, the best way there; all its stretches but the last are paid. */
  let paths = new Map<string, Path>([['', { mask: [0], cost: 0 }]]);
  for (let count = 1; count < nfe; count++) {
    const next = new Map<string, Path>();
    for (const { mask, cost } of paths.values()) {
      const [older, newest] = lastTwo(mask);
      // The prefix leaves no choice; behind it enough steps must be left for the rest.
      const farthest = count < prefix ? count : stepCount - (nfe - count);
      for (let step = newest + 1; step <= farthest; step++) {
        const reached: Path = { mask: [...mask, step], cost: cost + costOf(older, newest, step) };
        const key = `${newest},${step}`;
        if (reached.cost < (next.get(key)?.cost ?? Infinity)) next.set(key, reached);
      }
    }
    paths = next;
  }
  let best: Path | null = null;
  for (const { mask, cost } of paths.values()) {
    const [older, newest] = lastTwo(mask);
    const whole = cost + costOf(older, newest, stepCount);
    if (whole < (best?.cost ?? Infinity)) best = { mask, cost: whole };
  }
  if (best === null) throw new RangeError('Every mask costs more than can be counted.');
  return best;
}

const lastTwo = (mask: Mask): [number | null, number] => [mask.at(-2) ?? null, mask.at(-1) ?? 0];
