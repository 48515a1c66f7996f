/** Masks to begin a search from: known shapes and masks of other step counts, brought to the exact budget. */
import { assignInOrder } from './assign.ts';
import type { Mask, MaskSpace } from './mask.ts';
import { maskKey } from './mask.ts';

/** A mask with the noise levels that its steps stand for. */
export interface KnownMask {
  readonly sigmas: readonly number[];
  readonly computedSteps: Mask;
}

/**
 * The known mask on other noise levels with another budget: its computed steps' noise levels, stretched to the new
 * number of them, are given to the new steps one to one, nearest in sum. Step 0 stays computed.
 */
export function mapMask(known: KnownMask, sigmas: readonly number[], nfe: number): Mask {
  const levels = known.computedSteps.map((step) => known.sigmas[step] ?? Number.NaN);
  return assignInOrder(stretch(levels, nfe), sigmas.slice(0, -1));
}

/** The values at `count` places spread evenly over the list, straight lines between its entries. */
function stretch(values: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, index) => {
    const place = count === 1 ? 0 : (index * (values.length - 1)) / (count - 1);
    const [lower, share] = [Math.floor(place), place % 1];
    const start = values[lower] ?? Number.NaN;
    return start + share * ((values[lower + 1] ?? start) - start);
  });
}

/** MeanCache's shape (arXiv 2601.19961): a dense beginning, then gaps that grow by a constant ratio. */
export function geometricMask({ stepCount, nfe }: MaskSpace, blockLength: number, ratio: number): Mask {
  const gaps = Array.from({ length: nfe }, (_, index) => (index < blockLength - 1 ? 0 : ratio ** (index - blockLength + 1)));
  const dense = Math.min(blockLength - 1, nfe - 1);
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  const wanted: number[] = [];
  let place = 0;
  for (const [index, gap] of gaps.entries()) {
    wanted.push(place);
    place += index < dense ? 1 : ((stepCount - dense) * gap) / total;
  }
  return assignInOrder(wanted, Array.from({ length: stepCount }, (_, step) => step));
}

/** A handful of the family, from uniform gaps to strongly growing ones; each different. */
export function geometricMasks(space: MaskSpace): Mask[] {
  const masks = [1, 2, 3].flatMap((blockLength) => [1, 1.15, 1.3, 1.5].map((ratio) => geometricMask(space, blockLength, ratio)));
  return distinctMasks(masks, space);
}

/** Each mask once, and only those that compute the whole prefix with the exact budget. */
export function distinctMasks(masks: readonly Mask[], { nfe, prefix }: MaskSpace): Mask[] {
  const fitting = masks.filter((mask) => mask.length === nfe && mask[prefix - 1] === prefix - 1);
  return [...new Map(fitting.map((mask) => [maskKey(mask), mask])).values()];
}
