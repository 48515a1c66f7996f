/** The noise levels of a full run of the model. */
import { scheduledSigmas } from '../core/sampling/scheduled-sigmas.ts';
import type { Manifest } from '../protocol/manifest.ts';

/** stepCount + 1 values. */
export const sigmaLevels = ({ latent, scheduler }: Manifest, stepCount: number): number[] => scheduledSigmas(stepCount, latent.tokens, scheduler.shift);
