/** Thresholds of methods that decide while sampling, set so that the mean number of computed steps is the budget. */
import type { Mask } from '../search/mask.ts';
import { maskKey } from '../search/mask.ts';

const DOUBLINGS = 40;

export interface CalibratedThreshold {
  readonly threshold: number;
  readonly meanNfe: number;
  /** Of runs over all pairs. */
  readonly evaluations: number;
}

/**
 * Bisection; of all thresholds tried, the one whose mean comes nearest.
 * @param meanNfeAt of real runs over the calibration pairs; falls as the threshold grows.
 */
export async function calibrateThreshold(
  meanNfeAt: (threshold: number) => Promise<number>,
  nfe: number,
  halvings = 12,
): Promise<CalibratedThreshold> {
  let [evaluations, best]: [number, CalibratedThreshold | null] = [0, null];
  const tryAt = async (threshold: number): Promise<number> => {
    const meanNfe = await meanNfeAt(threshold);
    evaluations += 1;
    if (best === null || Math.abs(meanNfe - nfe) < Math.abs(best.meanNfe - nfe)) best = { threshold, meanNfe, evaluations };
    return meanNfe;
  };
  let [low, high] = [0, 0.05];
  for (let doubling = 0; (await tryAt(high)) > nfe && doubling < DOUBLINGS; doubling++) [low, high] = [high, high * 2];
  for (let halving = 0; halving < halvings; halving++) {
    const middle = (low + high) / 2;
    const meanNfe = await tryAt(middle);
    if (meanNfe === nfe) break;
    if (meanNfe > nfe) low = middle;
    else high = middle;
  }
  const found: CalibratedThreshold = best ?? { threshold: high, meanNfe: Number.NaN, evaluations };
  return { ...found, evaluations };
}

/** The most frequent one; of equally frequent ones the first seen. */
export function modalMask(masks: readonly Mask[]): Mask {
  const counts = new Map<string, { readonly mask: Mask; count: number }>();
  for (const mask of masks) {
    const entry = counts.get(maskKey(mask)) ?? { mask, count: 0 };
    entry.count += 1;
    counts.set(maskKey(mask), entry);
  }
  return [...counts.values()].reduce((best, entry) => (entry.count > best.count ? entry : best), { mask: [] as Mask, count: 0 }).mask;
}
