/**
 * DiCache (arXiv 2508.17356): R_b + γ·(R_a − R_b) of the two newest computed steps. DiCache measures γ while
 * sampling and clips it to 1 to 1.5 on FLUX; here γ is fixed before the run, by default in the middle of that.
 */
import { residualPayload } from './payload-residual.ts';

const DEFAULT_GAMMA = 1.25;

export const twoAnchorPayload = residualPayload(2, (anchors, _, gamma = DEFAULT_GAMMA) => (anchors.length < 2 ? [1] : [gamma, 1 - gamma]));
