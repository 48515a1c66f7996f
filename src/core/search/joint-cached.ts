/**
 * Policies of the cached kind found whole: the mask with its payload fitted inside (closed-loop-fit.ts), then the
 * noise levels of that mask, the payload fitted anew for each (BudCache's two stages, arXiv 2606.13496, joined).
 */
import { alignSchedule } from '../alignment/align-schedule.ts';
import { createClosedLoopFit, FIT_SETTINGS } from '../caching/closed-loop-fit.ts';
import type { ClosedLoopFit, FitSettings } from '../caching/closed-loop-fit.ts';
import { improvedSearch, IMPROVED_SETTINGS } from './improved-search.ts';
import type { JointOutcome, JointTask } from './joint-task.ts';
import { openJointDesk, teacherOn } from './joint-task.ts';
import type { Mask } from './mask.ts';
import { maskKey } from './mask.ts';
import type { Proxy } from './proxy.ts';
import type { StagedObjective } from './staged-objective.ts';
import { meanLogLoss } from './staged-objective.ts';

export interface JointCachedSettings {
  readonly fit: FitSettings;
  /** Masks tried with a fit. */
  readonly maxMasks: number;
  /** Orders neighbours; null searches without. */
  readonly proxy: Proxy | null;
  /** Looked at first, e.g. those that the proxy ranks best with a fitted payload. */
  readonly starts: readonly Mask[];
}

export const JOINT_CACHED_SETTINGS: JointCachedSettings = { fit: FIT_SETTINGS, maxMasks: 100, proxy: null, starts: [] };

export async function searchCachedJointly(task: JointTask, settings: JointCachedSettings = JOINT_CACHED_SETTINGS): Promise<JointOutcome> {
  const { calibration, judges, sigmas, nfe, seed, cancel } = task;
  const desk = openJointDesk(task);
  const bases = settings.fit.bases.join('+');
  const fitOn = (levels: readonly number[]): ClosedLoopFit => {
    const on = (pairs: JointTask['judges']) => pairs.map((pair) => ({ model: pair.modelAt(levels), teacher: teacherOn(pair, levels) }));
    return createClosedLoopFit(on(calibration), on(judges), levels, settings.fit);
  };
  const keyOf = (levels: readonly number[], mask: Mask): string => `cached ${bases} ${settings.fit.ridge} {${maskKey(mask)}} ${levels.join()}`;

  const schedulers = fitOn(sigmas);
  const pairCount = calibration.length + judges.length;
  const objective: StagedObjective = {
    stages: [{ pairs: judges.length, cost: pairCount }],
    validation: null,
    losses: (mask) => desk.losses('mask', keyOf(sigmas, mask), async () => (await schedulers.fit(mask)).validationLatents),
  };
  const search = improvedSearch({
    ...IMPROVED_SETTINGS,
    proxy: settings.proxy,
    knownMasks: settings.starts,
    proxyFinalists: 8,
    finalists: 1,
  });
  let start: number | null = null;
  const { mask, value } = await search({
    stepCount: sigmas.length - 1,
    nfe,
    objective,
    seed,
    teacherRuns: pairCount,
    maxEvaluations: (settings.maxMasks + 1) * pairCount,
    ...(cancel === undefined ? {} : { cancel }),
    onProgress: ({ current }) => void (start ??= current?.value ?? null),
  });

  const valueAt = async (levels: readonly number[]): Promise<number> =>
    meanLogLoss(await desk.losses('levels', keyOf(levels, mask), async () => (await fitOn(levels).fit(mask)).validationLatents));
  const aligned = await alignSchedule({ ...task, computedSteps: mask, objective: valueAt });
  const { steps } = await fitOn(aligned.sigmas).fit(mask);
  return {
    policy: {
      stepCount: sigmas.length - 1,
      sigmas: aligned.sigmas,
      computedSteps: mask,
      payload: 'fitted',
      coefficients: steps.map(({ coefficients }) => coefficients),
    },
    value: aligned.afterGaps.value,
    stages: { start: start ?? value, afterMask: value, afterMu: aligned.afterMu.value, afterGaps: aligned.afterGaps.value },
    // The last fit is made once more, for its coefficients.
    evaluations: desk.evaluations() + pairCount,
  };
}
