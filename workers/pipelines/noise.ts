/** Seed → starting noise, the same as diffusers draws on the CPU. */
import { torchRandn } from '../../src/core/rng/torch-randn.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { toSampler } from './latent-layout.ts';

/** torch.randn(1, channels, height, width) as the sampler has it. @param seed unsigned 32-bit. */
export const noiseOf = (seed: number, manifest: Manifest): Float32Array => {
  const { channels, height, width } = manifest.latent;
  return toSampler(torchRandn(seed, channels * height * width), manifest);
};
