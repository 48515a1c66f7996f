/** The transformer's inputs besides the latents, all known before the loop starts. */
import { modelTimestep, timestepProjection } from '../../../src/core/sampling/timestep-projection.ts';
import type { Manifest } from '../../../src/protocol/manifest.ts';
import type { TextConditioning } from './text-conditioning.ts';
import type { FloatTensor } from './graph-io.ts';

export interface DenoiserInputs {
  /** One [1, projectionChannels] a step, for the step's own sigma. */
  readonly timestepProjections: readonly FloatTensor[];
  /** [1, projectionChannels]. */
  readonly guidanceProjection: FloatTensor;
  readonly pooled: FloatTensor;
  readonly promptEmbeds: FloatTensor;
}

/** @param sigmas stepCount + 1 values; the last, 0, is never a model input. */
export function denoiserInputs(
  manifest: Manifest,
  text: TextConditioning,
  guidanceScale: number,
  sigmas: readonly number[],
): DenoiserInputs {
  const channels = manifest.latent.projectionChannels;
  const scale = manifest.scheduler.timestepScale;
  const projection = (value: number): FloatTensor => ({ data: timestepProjection(value, channels), dims: [1, channels] });
  return {
    timestepProjections: sigmas.slice(0, -1).map((sigma) => projection(modelTimestep(sigma, scale))),
    // float32 as in the transformer: guidance · scale.
    guidanceProjection: projection(Math.fround(Math.fround(guidanceScale) * scale)),
    pooled: text.pooled,
    promptEmbeds: text.promptEmbeds,
  };
}
