/**
 * MeanCache's schedule (arXiv 2601.19961): the mask of least Σ cost^γ, where a stretch costs the mean absolute
 * difference between the teacher's mean velocity over it and the velocity at its start.
 */
import type { TeacherRun } from '../caching/teacher-run.ts';
import type { Mask, MaskSpace } from './mask.ts';
import { shortestMask } from './shortest-mask.ts';

/** The paper takes 4 to 5: a long bad stretch counts far more than several middling ones. */
const DEFAULT_GAMMA = 4;

export function meancacheMask(space: MaskSpace, teachers: readonly TeacherRun[], gamma = DEFAULT_GAMMA): Mask {
  return shortestMask(space, (_, start, end) => {
    const cost = teachers.reduce((sum, teacher) => sum + stretchError(teacher, start, end), 0) / teachers.length;
    return cost ** gamma;
  }).mask;
}

function stretchError({ sigmas, latents, velocities }: TeacherRun, start: number, end: number): number {
  const width = (sigmas[end] ?? Number.NaN) - (sigmas[start] ?? Number.NaN);
  const [before, after, velocity] = [latents[start], latents[end], velocities[start]];
  let sum = 0;
  velocity?.forEach((value, index) => {
    sum += Math.abs(((after?.[index] ?? Number.NaN) - (before?.[index] ?? Number.NaN)) / width - value);
  });
  return sum / (velocity?.length ?? 0);
}
