/** Masks that follow from a threshold, brought to an exact budget. */
import type { Mask } from '../search/mask.ts';

export interface ThresholdMask {
  readonly mask: Mask;
  /** Of skipped steps, what skipping them was judged to cost. */
  readonly errors: ReadonlyMap<number, number>;
}

const DOUBLINGS = 60;
const HALVINGS = 60;

/**
 * The smallest threshold whose mask is within the budget; what it leaves over goes to the skipped steps of largest
 * error, one by one.
 * @param maskAt must never compute more steps at a larger threshold.
 * @throws RangeError when no threshold is large enough: the method forces more steps than the budget has.
 */
export function exactBudgetMask(maskAt: (threshold: number) => ThresholdMask, nfe: number): { readonly mask: Mask; readonly threshold: number } {
  const fits = (threshold: number): boolean => maskAt(threshold).mask.length <= nfe;
  let high = 1e-6;
  for (let doubling = 0; !fits(high); doubling++) {
    if (doubling === DOUBLINGS) throw new RangeError(`The method forces more than ${nfe} steps.`);
    high *= 2;
  }
  let low = 0;
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    if (fits(middle)) high = middle;
    else low = middle;
  }
  const { mask, errors } = maskAt(high);
  const costliest = [...errors].toSorted(([stepA, a], [stepB, b]) => b - a || stepA - stepB).slice(0, nfe - mask.length);
  return { mask: [...mask, ...costliest.map(([step]) => step)].toSorted((a, b) => a - b), threshold: high };
}
