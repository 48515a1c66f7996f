/** The full run with everything it passed through: what fits aim at and what proxies are made of. */
import type { Cancel, ResidualModel } from '../denoiser.ts';
import { cpuTensorOps } from '../sampling/cpu-tensor-ops.ts';
import { sampleEuler } from '../sampling/euler.ts';

export interface TeacherRun {
  readonly sigmas: readonly number[];
  /** One for each noise level: the latents before each step, and the final ones. */
  readonly latents: readonly Float32Array[];
  /** One for each step. */
  readonly velocities: readonly Float32Array[];
  readonly residuals: readonly Float32Array[];
}

/** Computes every step. @throws what the model or `cancel` throws. */
export async function recordTeacher(
  model: Pick<ResidualModel<Float32Array>, 'full'>,
  noise: Float32Array,
  sigmas: readonly number[],
  cancel?: Cancel,
): Promise<TeacherRun> {
  const latents: Float32Array[] = [noise];
  const velocities: Float32Array[] = [];
  const residuals: Float32Array[] = [];
  const denoise = async (current: Float32Array, step: Parameters<typeof model.full>[1]): Promise<Float32Array> => {
    const { velocity, residual } = await model.full(current, step);
    velocities.push(velocity);
    residuals.push(residual);
    return velocity;
  };
  const afterStep = (_: number, next: Float32Array): void => void latents.push(next);
  await sampleEuler(denoise, noise, sigmas, cpuTensorOps, { afterStep, ...(cancel === undefined ? {} : { cancel }) });
  return { sigmas, latents, velocities, residuals };
}
