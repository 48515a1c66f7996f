/**
 * TaylorSeer (arXiv 2503.06923), of the whole residual: finite differences over computed steps, each of the
 * difference before it divided by the newest gap, and Taylor's series in the number of steps since. The paper computes
 * three steps first and then one in a fixed interval.
 */
import { weightedHead } from '../caching/payload-residual.ts';
import type { Mask, MaskSpace } from '../search/mask.ts';
import { geometricMask } from '../search/warm-starts.ts';
import type { CacheMethod } from './method.ts';

const FIRST_STEPS = 3;

/** At most half of the budget goes to the first steps. */
export const taylorseerMask = (space: MaskSpace): Mask => geometricMask(space, Math.max(1, Math.min(FIRST_STEPS, space.nfe >> 1)), 1);

export const taylorseer = <T>(order: 1 | 2): CacheMethod<T> => ({
  anchors: order + 1,
  signal: null,
  velocityOf: ({ computed, step, cached, ops }) => {
    const weights = taylorWeights(computed.map((anchor) => anchor.step.stepIndex), step.stepIndex, order);
    const residuals = computed.map((anchor) => ({ step: anchor.step, tensor: anchor.residual }));
    return weightedHead(weights, { history: { residuals, velocities: [], passed: [] }, cached, ops });
  },
});

/** Weights of the anchors' residuals, newest first; the order is what the anchors allow. */
export function taylorWeights([a, b, c]: readonly number[], step: number, order: 1 | 2): number[] {
  if (a === undefined || b === undefined) return [1];
  const reach = step - a;
  const [near, far] = [a - b, c === undefined ? Number.NaN : b - c];
  const first = [1 + reach / near, -reach / near];
  if (order === 1 || c === undefined) return first;
  // D² = ((F_a − F_b)/near − (F_b − F_c)/far) / near.
  const half = (reach * reach) / (2 * near);
  return [(first[0] ?? 0) + half / near, (first[1] ?? 0) - half / near - half / far, half / far];
}
