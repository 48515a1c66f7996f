/** The full run: every step computed, no residual kept. */
import type { Denoiser, ResidualModel } from '../denoiser.ts';
import type { TensorOps } from '../tensor-ops.ts';

export function createUncachedDenoiser<T>(model: ResidualModel<T>, ops: TensorOps<T>): Denoiser<T> {
  return async (latents, step) => {
    const { velocity, residual } = await model.full(latents, step);
    ops.release(residual);
    return velocity;
  };
}
