/** The noise levels of a full run of the model. */
import { fluxSigmas } from '../core/sampling/sigmas.ts';
import type { Manifest } from '../protocol/manifest.ts';

/** stepCount + 1 values. */
export const sigmaLevels = ({ latent, scheduler }: Manifest, stepCount: number): number[] => fluxSigmas(stepCount, latent.tokens, scheduler.shift);
