/** FLUX's embedded guidance: a number the transformer is told. */
import { timestepProjection } from '../../../src/core/sampling/timestep-projection.ts';
import type { FluxManifest } from '../../../src/protocol/manifest.ts';
import type { FloatTensor } from '../graph-io.ts';

/** What both graphs take. */
export function guidanceFeeds({ latent, scheduler }: FluxManifest, guidanceScale: number): { readonly guidance_projection: FloatTensor } {
  const channels = latent.projectionChannels;
  // float32 as in the transformer: guidance · scale.
  const told = Math.fround(Math.fround(guidanceScale) * scheduler.timestepScale);
  return { guidance_projection: { data: timestepProjection(told, channels), dims: [1, channels] } };
}
