/**
 * DPM-Solver++ 2M (arXiv 2211.01095) for flow matching: second order in half the log-SNR λ, from the clean latents of
 * this step and the one before. First order where λ is infinite on either side: at the start (σ = 1) and at the end.
 */
import type { Cancel, Denoiser } from '../denoiser.ts';
import { cpuTensorOps } from './cpu-tensor-ops.ts';
import { cleanLatents, exponentialWeights, logSnr } from './log-snr.ts';

/** @returns the final latents. */
export async function sampleDpmSolver(denoiser: Denoiser<Float32Array>, noise: Float32Array, sigmas: readonly number[], cancel?: Cancel): Promise<Float32Array> {
  let latents = noise;
  let before: Float32Array | null = null;
  for (const [stepIndex, sigma] of sigmas.slice(0, -1).entries()) {
    cancel?.throwIfAborted();
    const sigmaNext = sigmas[stepIndex + 1] ?? Number.NaN;
    const clean: Float32Array = cleanLatents(latents, await denoiser(latents, { stepIndex, sigma, sigmaNext }), sigma);
    const width = logSnr(sigmaNext) - logSnr(sigma);
    const lean = width / (2 * (logSnr(sigma) - logSnr(sigmas[stepIndex - 1] ?? Number.NaN)));
    const weights = exponentialWeights(sigma, sigmaNext);
    const isSecondOrder = before !== null && Number.isFinite(width) && lean > 0;
    latents =
      before !== null && isSecondOrder
        ? cpuTensorOps.weightedSum([weights.latents, weights.clean * (1 + lean), -weights.clean * lean], [latents, clean, before])
        : cpuTensorOps.weightedSum([weights.latents, weights.clean], [latents, clean]);
    before = clean;
  }
  return latents;
}
