/** Uniform skipping, the plainest cache: one step computed, then as many reused as the budget asks, evenly over the run. */
import type { Mask, MaskSpace } from '../search/mask.ts';
import { geometricMask } from '../search/warm-starts.ts';

export const uniformMask = (space: MaskSpace): Mask => geometricMask(space, 1, 1);
