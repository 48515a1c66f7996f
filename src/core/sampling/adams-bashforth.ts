/** Adams and Bashforth's method of second order on unequal steps; the first step is Euler's. */
import type { Cancel, Denoiser } from '../denoiser.ts';
import { cpuTensorOps } from './cpu-tensor-ops.ts';

/** @returns the final latents. */
export async function sampleAdamsBashforth(denoiser: Denoiser<Float32Array>, noise: Float32Array, sigmas: readonly number[], cancel?: Cancel): Promise<Float32Array> {
  let latents = noise;
  let before: { readonly velocity: Float32Array; readonly width: number } | null = null;
  for (const [stepIndex, sigma] of sigmas.slice(0, -1).entries()) {
    cancel?.throwIfAborted();
    const sigmaNext = sigmas[stepIndex + 1] ?? Number.NaN;
    const width = sigmaNext - sigma;
    const velocity: Float32Array = await denoiser(latents, { stepIndex, sigma, sigmaNext });
    if (before === null) {
      latents = cpuTensorOps.weightedSum([1, width], [latents, velocity]);
    } else {
      const lean = width / (2 * before.width);
      latents = cpuTensorOps.weightedSum([1, width * (1 + lean), -width * lean], [latents, velocity, before.velocity]);
    }
    before = { velocity, width };
  }
  return latents;
}
