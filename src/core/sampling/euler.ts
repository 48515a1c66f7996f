/** Euler's method on a flow-matching model: x[k+1] = x[k] + (sigmas[k+1] − sigmas[k])·v[k]. */
import type { Cancel, Denoiser } from '../denoiser.ts';
import type { TensorOps } from '../tensor-ops.ts';

export interface SamplerHooks<T> {
  /** Asked before each step. */
  readonly cancel?: Cancel;
  /** Awaited after each step. It may look at the new latents but must not keep or release them. */
  readonly afterStep?: (stepIndex: number, latents: T) => Promise<void> | void;
}

/**
 * Runs sigmas.length − 1 steps from `noise` and returns the final latents, owned by the caller.
 * Never releases `noise`; everything else it made is released, also when a step fails or the run is cancelled.
 */
export async function sampleEuler<T>(
  denoiser: Denoiser<T>,
  noise: T,
  sigmas: readonly number[],
  ops: TensorOps<T>,
  hooks: SamplerHooks<T> = {},
): Promise<T> {
  if (sigmas.length < 2) throw new RangeError('A run needs at least one step.');
  let latents = noise;
  const releaseOwn = (): void => {
    if (latents !== noise) ops.release(latents);
  };
  try {
    for (const [stepIndex, sigma] of sigmas.slice(0, -1).entries()) {
      hooks.cancel?.throwIfAborted();
      const sigmaNext = sigmas[stepIndex + 1] ?? 0;
      const velocity = await denoiser(latents, { stepIndex, sigma, sigmaNext });
      const next = ops.weightedSum([1, Math.fround(sigmaNext - sigma)], [latents, velocity]);
      ops.release(velocity);
      releaseOwn();
      latents = next;
      await hooks.afterStep?.(stepIndex, latents);
    }
  } catch (error) {
    releaseOwn();
    throw error;
  }
  return latents;
}
