/**
 * UniPC (arXiv 2302.04867), order 2, variant B₂, on clean latents, for flow matching: each step first corrects the
 * latents it is given by what the model says there, then predicts the next ones. First order where λ, half the
 * log-SNR, is infinite on either side.
 */
import type { Cancel, Denoiser } from '../denoiser.ts';
import { cpuTensorOps } from './cpu-tensor-ops.ts';
import { cleanLatents, exponentialWeights, logSnr } from './log-snr.ts';

interface Arrived {
  readonly sigma: number;
  /** Corrected. */
  readonly latents: Float32Array;
  readonly clean: Float32Array;
}

/** @returns the final latents. */
export async function sampleUniPc(denoiser: Denoiser<Float32Array>, noise: Float32Array, sigmas: readonly number[], cancel?: Cancel): Promise<Float32Array> {
  let latents = noise;
  /** Newest first. */
  let arrived: readonly Arrived[] = [];
  for (const [stepIndex, sigma] of sigmas.slice(0, -1).entries()) {
    cancel?.throwIfAborted();
    const sigmaNext = sigmas[stepIndex + 1] ?? Number.NaN;
    const clean = cleanLatents(latents, await denoiser(latents, { stepIndex, sigma, sigmaNext }), sigma);
    const corrected = correct(arrived, sigma, clean) ?? latents;
    arrived = [{ sigma, latents: corrected, clean }, ...arrived].slice(0, 2);
    latents = predict(arrived, sigmaNext);
  }
  return latents;
}

function predict([here, before]: readonly Arrived[], sigmaNext: number): Float32Array {
  if (here === undefined) throw new RangeError('A run needs at least one step.');
  const weights = exponentialWeights(here.sigma, sigmaNext);
  const width = logSnr(sigmaNext) - logSnr(here.sigma);
  const ratio = before === undefined ? Number.NaN : (logSnr(before.sigma) - logSnr(here.sigma)) / width;
  if (before === undefined || !Number.isFinite(ratio) || ratio === 0) return cpuTensorOps.weightedSum([weights.latents, weights.clean], [here.latents, here.clean]);
  // −α·B(h)·½·(x₀[before] − x₀)/r, where −α·B(h) is the weight of x₀ itself.
  const lean = 0.5 / ratio;
  return cpuTensorOps.weightedSum([weights.latents, weights.clean * (1 - lean), weights.clean * lean], [here.latents, here.clean, before.clean]);
}

/** The step that led here once more, with the clean latents found here; null where λ was infinite at its start. */
function correct([from, before]: readonly Arrived[], sigma: number, clean: Float32Array): Float32Array | null {
  if (from === undefined) return null;
  const width = logSnr(sigma) - logSnr(from.sigma);
  if (!Number.isFinite(width)) return null;
  const weights = exponentialWeights(from.sigma, sigma);
  const ratio = before === undefined ? Number.NaN : (logSnr(before.sigma) - logSnr(from.sigma)) / width;
  const [older, newer] = Number.isFinite(ratio) ? correctorWeights(width, ratio) : [0, 0.5];
  const plain = cpuTensorOps.weightedSum([weights.latents, weights.clean * (1 - newer), weights.clean * newer], [from.latents, from.clean, clean]);
  if (before === undefined || older === 0) return plain;
  const lean = (weights.clean * older) / ratio;
  return cpuTensorOps.weightedSum([1, -lean, lean], [plain, from.clean, before.clean]);
}

/** ρ of the differences to the step before (at `ratio` of the width) and to the step reached: [[1, 1], [r, 1]]·ρ = b. */
function correctorWeights(width: number, ratio: number): [number, number] {
  // With h = −width: φ₂ = (e^h − 1)/h − 1, φ₃ = φ₂/h − ½; b = [φ₂, 2·φ₃]/(e^h − 1).
  const h = -width;
  const base = Math.expm1(h);
  const second = base / h - 1;
  const [b1, b2] = [second / base, (2 * (second / h - 0.5)) / base];
  const older = (b1 - b2) / (1 - ratio);
  return [older, b1 - older];
}
