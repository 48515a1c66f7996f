/**
 * The error of every single reuse, from one teacher run and cached calls alone:
 * E[k,a] = (σ[k+1] − σ[k])·(cached(x[k], σ[k], R[a]) − v[k]) for every skipped step k and computed step a before it.
 */
import type { TeacherRun } from '../caching/teacher-run.ts';
import type { Cancel, ResidualModel } from '../denoiser.ts';

/** Where E[k,a] lies among the errors; 0 ≤ a < k. */
export const errorIndex = (skipped: number, anchor: number): number => (skipped * (skipped - 1)) / 2 + anchor;

/** How many errors there are. */
export const errorCount = (stepCount: number): number => errorIndex(stepCount, 0);

/** @returns one vector for each pair of steps, by `errorIndex`. Takes stepCount·(stepCount − 1)/2 cached calls. */
export async function measureReuseErrors(
  model: Pick<ResidualModel<Float32Array>, 'cached'>,
  teacher: TeacherRun,
  cancel?: Cancel,
): Promise<Float32Array[]> {
  const { sigmas, latents, velocities, residuals } = teacher;
  const errors: Float32Array[] = [];
  for (const [stepIndex, velocity] of velocities.entries()) {
    const [sigma, sigmaNext] = [sigmas[stepIndex] ?? Number.NaN, sigmas[stepIndex + 1] ?? Number.NaN];
    const before = latents[stepIndex];
    if (before === undefined) throw new RangeError(`The teacher’s run has no latents at step ${stepIndex}.`);
    for (const residual of residuals.slice(0, stepIndex)) {
      cancel?.throwIfAborted();
      const reused = await model.cached(before, { stepIndex, sigma, sigmaNext }, residual);
      errors.push(reused.map((value, index) => (sigmaNext - sigma) * (value - (velocity[index] ?? Number.NaN))));
    }
  }
  return errors;
}
