/**
 * Policies of the multistep kind found whole: NFE computed steps at noise levels of their own, each velocity a fitted
 * sum with older ones (bespoke non-stationary solvers, arXiv 2403.01329, without gradients). Needs no residual output.
 */
import { alignSchedule } from '../alignment/align-schedule.ts';
import { fitMultistep } from '../caching/multistep-fit.ts';
import type { MultistepFit } from '../caching/multistep-fit.ts';
import type { JointOutcome, JointTask } from './joint-task.ts';
import { openJointDesk } from './joint-task.ts';
import type { Mask } from './mask.ts';
import { meanLogLoss } from './staged-objective.ts';

export interface JointMultistepSettings {
  /** Sets of NFE + 1 noise levels to begin with, e.g. the scheduler's own of so many steps; the best goes on. */
  readonly starts: readonly (readonly number[])[];
  /** Pull of the coefficients towards the plain velocity. */
  readonly ridge: number;
}

/** The levels at which a mask computes, and the end. */
export const levelsOfMask = (sigmas: readonly number[], mask: Mask): number[] => [...mask, sigmas.length - 1].map((step) => sigmas[step] ?? Number.NaN);

/** @throws RangeError unless there are starts, each of NFE + 1 noise levels. */
export async function searchMultistepJointly(task: JointTask, { starts, ridge }: JointMultistepSettings): Promise<JointOutcome> {
  const { calibration, judges, nfe } = task;
  if (starts.length === 0 || starts.some((levels) => levels.length !== nfe + 1)) throw new RangeError(`${nfe} steps start from ${nfe + 1} noise levels.`);
  const desk = openJointDesk(task);
  const fitOn = (levels: readonly number[]): Promise<MultistepFit> => {
    const on = (pairs: JointTask['judges']) => pairs.map((pair) => ({ model: pair.modelAt(levels), teacher: pair.teacher }));
    return fitMultistep(on(calibration), on(judges), levels, ridge);
  };
  const valueOf = (stage: 'mask' | 'levels') => async (levels: readonly number[]): Promise<number> =>
    meanLogLoss(await desk.losses(stage, `multistep ${ridge} ${levels.join()}`, async () => (await fitOn(levels)).validationLatents));

  const scored: { readonly levels: readonly number[]; readonly value: number }[] = [];
  for (const levels of starts) scored.push({ levels, value: await valueOf('mask')(levels) });
  const best = scored.toSorted((a, b) => a.value - b.value)[0] ?? { levels: [], value: Number.NaN };
  const computedSteps = Array.from({ length: nfe }, (_, step) => step);
  const aligned = await alignSchedule({ ...task, sigmas: best.levels, computedSteps, objective: valueOf('levels') });
  const { coefficients } = await fitOn(aligned.sigmas);
  return {
    policy: { stepCount: nfe, sigmas: aligned.sigmas, computedSteps, payload: 'multistep', coefficients },
    value: aligned.afterGaps.value,
    stages: { start: scored[0]?.value ?? Number.NaN, afterMask: best.value, afterMu: aligned.afterMu.value, afterGaps: aligned.afterGaps.value },
    // The last fit is made once more, for its coefficients.
    evaluations: desk.evaluations() + calibration.length + judges.length,
  };
}
