/**
 * HiCache (arXiv 2508.16984), first order: its Hermite basis scales Taylor's first-order term by 2·scale²,
 * with the paper's scale of 0.5 by a half.
 */
import { extrapolationWeights, residualPayload } from './payload-residual.ts';

const HERMITE_SCALE = 0.5;

export const dampedTaylorPayload = residualPayload(2, (anchors, step) => extrapolationWeights(anchors, step, 2 * HERMITE_SCALE ** 2));
