/** Latents as the sampler has them: FLUX's packed into tokens, others' as they are, [1, channels, height, width]. */
import { packLatents, unpackLatents } from '../../src/core/sampling/latent-packing.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { portShape } from './graph-io.ts';

/** The sampler's latents as a tensor, which the denoiser's graphs take. */
export const latentDims = ({ components }: Pick<Manifest, 'components'>): readonly number[] => portShape(components.full, 'inputs', 'latents');

/** How many numbers they are. */
export const latentLength = (manifest: Pick<Manifest, 'components'>): number => latentDims(manifest).reduce((product, size) => product * size, 1);

/** @param spatial [1, channels, height, width]. */
export const toSampler = (spatial: Float32Array, { pipeline, latent }: Pick<Manifest, 'pipeline' | 'latent'>): Float32Array =>
  pipeline === 'flux' ? packLatents(spatial, latent) : spatial;

/** The inverse of `toSampler`. */
export const toSpatial = (latents: Float32Array, { pipeline, latent }: Pick<Manifest, 'pipeline' | 'latent'>): Float32Array =>
  pipeline === 'flux' ? unpackLatents(latents, latent) : latents;
