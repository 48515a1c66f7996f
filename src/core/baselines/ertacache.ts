/**
 * ERTACache (arXiv 2508.21091), after its description: a mask by a threshold on the residual's offline error, then a
 * corrected step size φ for each skipped step, then a closed-form linear rectification of what error is left, here
 * with one slope and one offset for each channel. Each stage is fitted by itself on full runs, as the paper does.
 */
import type { TeacherRun } from '../caching/teacher-run.ts';
import type { ResidualModel } from '../denoiser.ts';
import { dot } from '../caching/fit-weights.ts';
import type { Mask } from '../search/mask.ts';
import { relativeChange } from './cpu-signal-ops.ts';
import type { ThresholdMask } from './exact-budget.ts';
import type { CacheMethod } from './method.ts';
import { reuseNewest } from './reuse-newest.ts';

/** Steps are skipped while the residual stands nearer than the threshold to the newest computed one, in the mean over full runs. */
export function ertacacheMask(runs: readonly Pick<TeacherRun, 'residuals'>[], threshold: number): ThresholdMask {
  const mask = [0];
  const errors = new Map<number, number>();
  const steps = runs[0]?.residuals.length ?? 0;
  for (let step = 1; step < steps; step++) {
    const anchor = mask.at(-1) ?? 0;
    const error = runs.reduce((sum, { residuals }) => sum + relativeChange(residuals[anchor] ?? [], residuals[step] ?? []), 0) / runs.length;
    if (error < threshold) errors.set(step, error);
    else mask.push(step);
  }
  return { mask, errors };
}

export interface Rectification {
  /** φ, of the step's size. */
  readonly stepScale: number;
  /** Of the error that φ leaves, a line in the velocity, by channel. */
  readonly slopes: readonly number[];
  readonly offsets: readonly number[];
}

/** @returns by skipped step. Each is fitted on the full runs' own states. */
export async function fitErtacache(
  pairs: readonly { readonly model: Pick<ResidualModel<Float32Array>, 'cached'>; readonly teacher: TeacherRun }[],
  mask: Mask,
  channels: number,
): Promise<ReadonlyMap<number, Rectification>> {
  const fitted = new Map<number, Rectification>();
  const computed = new Set(mask);
  let anchor = 0;
  for (let step = 0; step < (pairs[0]?.teacher.velocities.length ?? 0); step++) {
    if (computed.has(step)) {
      anchor = step;
      continue;
    }
    const samples: Sample[] = [];
    for (const { model, teacher } of pairs) {
      const [latents, residual, wanted] = [teacher.latents[step], teacher.residuals[anchor], teacher.velocities[step]];
      if (latents === undefined || residual === undefined || wanted === undefined) throw new RangeError(`The full run has no step ${step}.`);
      const context = { stepIndex: step, sigma: teacher.sigmas[step] ?? Number.NaN, sigmaNext: teacher.sigmas[step + 1] ?? Number.NaN };
      samples.push({ wanted, reused: await model.cached(latents, context, residual) });
    }
    fitted.set(step, rectify(samples, channels));
  }
  return fitted;
}

interface Sample {
  readonly wanted: Float32Array;
  readonly reused: Float32Array;
}

/** Two least-squares fits in turn: φ over everything, then a line for each channel over what is left. */
export function rectify(samples: readonly Sample[], channels: number): Rectification {
  const total = (of: (sample: Sample) => number): number => samples.reduce((sum, sample) => sum + of(sample), 0);
  const stepScale = total(({ wanted, reused }) => dot(wanted, reused)) / total(({ reused }) => dot(reused, reused));
  const [slopes, offsets]: [number[], number[]] = [[], []];
  for (let channel = 0; channel < channels; channel++) {
    let [count, x, y, xx, xy] = [0, 0, 0, 0, 0];
    for (const { wanted, reused } of samples) {
      for (let index = channel; index < reused.length; index += channels) {
        const at = reused[index] ?? Number.NaN;
        const left = (wanted[index] ?? Number.NaN) - stepScale * at;
        [count, x, y, xx, xy] = [count + 1, x + at, y + left, xx + at * at, xy + at * left];
      }
    }
    const spread = count * xx - x * x;
    const slope = spread > 0 ? (count * xy - x * y) / spread : 0;
    slopes.push(slope);
    offsets.push((y - slope * x) / count);
  }
  return { stepScale, slopes, offsets };
}

/** @param rectifications of every skipped step. */
export const ertacache = (rectifications: ReadonlyMap<number, Rectification>): CacheMethod<Float32Array> => ({
  anchors: 1,
  signal: null,
  velocityOf: async (work) => {
    const rectification = rectifications.get(work.step.stepIndex);
    if (rectification === undefined) throw new RangeError(`Nothing was fitted for step ${work.step.stepIndex}.`);
    const reused = await reuseNewest(work);
    const { stepScale, slopes, offsets } = rectification;
    return reused.map((value, index) => (stepScale + (slopes[index % slopes.length] ?? 0)) * value + (offsets[index % slopes.length] ?? 0));
  },
});
