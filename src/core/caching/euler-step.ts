/** Euler's step of one run on plain arrays, and the velocity that a step would need. */
import type { StepContext } from '../denoiser.ts';
import { cpuTensorOps } from '../sampling/cpu-tensor-ops.ts';

/** Bit for bit the sampler's. */
export const eulerStep = (latents: Float32Array, velocity: Float32Array, { sigma, sigmaNext }: StepContext): Float32Array =>
  cpuTensorOps.weightedSum([1, Math.fround(sigmaNext - sigma)], [latents, velocity]);

/** The velocity that leads from the latents to the wanted ones. */
export const wantedVelocity = (latents: Float32Array, wanted: Float32Array, { sigma, sigmaNext }: StepContext): Float64Array =>
  Float64Array.from(latents, (value, index) => ((wanted[index] ?? Number.NaN) - value) / (sigmaNext - sigma));
