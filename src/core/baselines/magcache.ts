/**
 * MagCache (arXiv 2506.09045): from step to step the residual's size shrinks by a factor that prompts share. Steps are
 * skipped while the product of those factors stays near 1: nothing is measured while sampling, the mask is static.
 */
import type { Mask } from '../search/mask.ts';
import { meanAbsolute } from './cpu-signal-ops.ts';
import type { ThresholdMask } from './exact-budget.ts';

export interface MagcacheSettings {
  /** δ: the accumulated error that still allows a skip. */
  readonly threshold: number;
  /** The most skips in a row. */
  readonly maxSkips: number;
  /** The first steps that are always computed; at least 1. */
  readonly forcedFirst: number;
}

/** The paper's for FLUX: a tenth of the steps first, five skips in a row at most. */
export const MAGCACHE_DEFAULTS = { retention: 0.1, maxSkips: 5 };

/** The paper's calibration, over several full runs: γ_k = mean |R_k| / mean |R_{k−1}|, 1 for the first step. */
export function magnitudeRatios(runs: readonly (readonly Float32Array[])[]): number[] {
  const steps = runs[0]?.length ?? 0;
  return Array.from({ length: steps }, (_, step) => {
    if (step === 0) return 1;
    const ratio = (run: readonly Float32Array[]): number => sizeAt(run, step) / sizeAt(run, step - 1);
    return runs.reduce((sum, run) => sum + ratio(run), 0) / runs.length;
  });
}

const sizeAt = (run: readonly Float32Array[], step: number): number => meanAbsolute([run[step] ?? [], null]);

/** The mask, and for each skipped step the error accumulated when it was skipped. */
export function magcacheMask(ratios: readonly number[], { threshold, maxSkips, forcedFirst }: MagcacheSettings): ThresholdMask {
  const mask: number[] = [];
  const errors = new Map<number, number>();
  let [product, error, skips] = [1, 0, 0];
  for (const [step, ratio] of ratios.entries()) {
    product *= ratio;
    error += Math.abs(1 - product);
    skips += 1;
    if (step >= Math.max(1, forcedFirst) && error <= threshold && skips <= maxSkips) {
      errors.set(step, error);
    } else {
      mask.push(step);
      [product, error, skips] = [1, 0, 0];
    }
  }
  return { mask: mask satisfies Mask, errors };
}
