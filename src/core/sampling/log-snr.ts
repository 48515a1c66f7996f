/** What solvers in λ = ln((1 − σ)/σ), half the log-SNR of flow matching, have in common. */
import { cpuTensorOps } from './cpu-tensor-ops.ts';

/** −∞ at σ = 1, +∞ at 0. */
export const logSnr = (sigma: number): number => Math.log((1 - sigma) / sigma);

/** The clean latents that a velocity foretells: x − σ·v. */
export const cleanLatents = (latents: Float32Array, velocity: Float32Array, sigma: number): Float32Array => cpuTensorOps.weightedSum([1, -sigma], [latents, velocity]);

/** The exponential step of first order, x′ = (σ′/σ)·x + α′·(1 − e^−h)·x₀, as the weights of x and x₀; finite at both ends. */
export function exponentialWeights(sigma: number, sigmaNext: number): { readonly latents: number; readonly clean: number } {
  // e^−h = (σ′/σ)·(α/α′); α′ e^−h = (σ′/σ)·α.
  const ratio = sigmaNext / sigma;
  return { latents: ratio, clean: 1 - sigmaNext - ratio * (1 - sigma) };
}
