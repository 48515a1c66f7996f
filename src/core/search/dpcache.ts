/**
 * DPCache (arXiv 2602.22654): the mask of least summed prediction error, where each skipped step's residual is
 * predicted from the two computed steps before it. Here the prediction is the first-order one on the σ clock, and the
 * error the mean absolute difference to the teacher's residual.
 */
import { extrapolationWeights } from '../caching/payload-residual.ts';
import type { TeacherRun } from '../caching/teacher-run.ts';
import type { Mask, MaskSpace } from './mask.ts';
import { shortestMask } from './shortest-mask.ts';

export function dpcacheMask(space: MaskSpace, teachers: readonly Pick<TeacherRun, 'sigmas' | 'residuals'>[]): Mask {
  const known = new Map<string, number>();
  const errorOf = (older: number | null, newest: number, skipped: number): number => {
    const key = `${older},${newest},${skipped}`;
    let error = known.get(key);
    if (error === undefined) {
      error = teachers.reduce((sum, teacher) => sum + predictionError(teacher, older, newest, skipped), 0) / teachers.length;
      known.set(key, error);
    }
    return error;
  };
  return shortestMask(space, (older, newest, end) => {
    let cost = 0;
    for (let skipped = newest + 1; skipped < end; skipped++) cost += errorOf(older, newest, skipped);
    return cost;
  }).mask;
}

function predictionError({ sigmas, residuals }: Pick<TeacherRun, 'sigmas' | 'residuals'>, older: number | null, newest: number, skipped: number): number {
  const stepAt = (stepIndex: number) => ({ stepIndex, sigma: sigmas[stepIndex] ?? Number.NaN, sigmaNext: sigmas[stepIndex + 1] ?? Number.NaN });
  const anchors = older === null ? [newest] : [newest, older];
  const [a = Number.NaN, b = 0] = extrapolationWeights(anchors.map(stepAt), stepAt(skipped));
  const [truth, near, far] = [skipped, newest, older ?? newest].map((step) => residuals[step] ?? new Float32Array(0));
  let sum = 0;
  truth?.forEach((value, index) => {
    sum += Math.abs(value - a * (near?.[index] ?? Number.NaN) - b * (far?.[index] ?? Number.NaN));
  });
  return sum / (truth?.length ?? 0);
}
