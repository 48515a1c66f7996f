/** TaylorSeer (arXiv 2503.06923), first order, of the whole residual, with σ as the clock instead of the step number. */
import { extrapolationWeights, residualPayload } from './payload-residual.ts';

export const taylorPayload = residualPayload(2, (anchors, step) => extrapolationWeights(anchors, step));
