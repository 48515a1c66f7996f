/** Seed → packed noise, the same as diffusers draws on the CPU. */
import { torchRandn } from '../../../src/core/rng/torch-randn.ts';
import { packLatents } from '../../../src/core/sampling/latent-packing.ts';
import type { Manifest } from '../../../src/protocol/manifest.ts';

/** [1, tokens, tokenChannels] of torch.randn(1, channels, height, width). @param seed unsigned 32-bit. */
export function packedNoise(seed: number, latent: Manifest['latent']): Float32Array {
  return packLatents(torchRandn(seed, latent.channels * latent.height * latent.width), latent);
}
