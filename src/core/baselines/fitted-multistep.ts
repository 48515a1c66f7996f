/**
 * Fewer steps at their strongest (bespoke non-stationary solvers, arXiv 2403.01329): noise levels of their own, found
 * by pattern search, and for each set of them multistep coefficients fitted in closed loop.
 */
import type { AlignmentResult } from '../alignment/align-schedule.ts';
import { alignSchedule } from '../alignment/align-schedule.ts';
import type { MultistepFit, MultistepPair } from '../caching/multistep-fit.ts';
import { fitMultistep } from '../caching/multistep-fit.ts';
import type { Cancel } from '../denoiser.ts';
import { meanSquaredError } from '../metrics/mse.ts';
import type { CachePolicy } from '../policy.ts';

export interface FittedMultistepRequest {
  /** The scheduler's, for so many steps: where the search starts. */
  readonly sigmas: readonly number[];
  /** Pairs whose models take these noise levels. */
  readonly pairsAt: (sigmas: readonly number[]) => { readonly calibration: readonly MultistepPair[]; readonly validation: readonly MultistepPair[] };
  readonly maxMuEvaluations: number;
  readonly maxGapEvaluations: number;
  readonly cancel?: Cancel;
}

/** One evaluation is one fit: a run of every pair. Judged by the mean log error of the validation pairs. */
export async function fittedMultistep(request: FittedMultistepRequest): Promise<{ readonly policy: CachePolicy; readonly alignment: AlignmentResult }> {
  const { sigmas, pairsAt, cancel } = request;
  const fitAt = async (levels: readonly number[]): Promise<{ fit: MultistepFit; loss: number }> => {
    const { calibration, validation } = pairsAt(levels);
    const fit = await fitMultistep(calibration, validation, levels);
    const [judged, latents] = validation.length === 0 ? [calibration, fit.calibrationLatents] : [validation, fit.validationLatents];
    const logs = judged.map(({ teacher }, pair) => Math.log(meanSquaredError(teacher.latents.at(-1) ?? [], latents[pair] ?? [])));
    return { fit, loss: logs.reduce((sum, log) => sum + log, 0) / logs.length };
  };
  const stepCount = sigmas.length - 1;
  const computedSteps = Array.from({ length: stepCount }, (_, step) => step);
  const alignment = await alignSchedule({
    sigmas,
    computedSteps,
    objective: async (levels) => (await fitAt(levels)).loss,
    maxMuEvaluations: request.maxMuEvaluations,
    maxGapEvaluations: request.maxGapEvaluations,
    ...(cancel === undefined ? {} : { cancel }),
  });
  const { fit } = await fitAt(alignment.sigmas);
  return { policy: { stepCount, sigmas: alignment.sigmas, computedSteps, payload: 'multistep', coefficients: fit.coefficients }, alignment };
}
