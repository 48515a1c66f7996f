/** Two pictures held against each other: the full and the budgeted run, or any two of the gallery. */
import type { RgbaPicture } from '../protocol/engine.ts';
import type { PictureScores } from '../protocol/metrics.ts';
import { formatSeconds } from './format.ts';
import { measuredMsOf } from './prediction-text.ts';
import type { FinishedRun } from './state.ts';

export interface Comparison {
  /** Shown at the left; what the other is measured against. */
  readonly reference: FinishedRun;
  readonly candidate: FinishedRun;
  /** Null while they are measured, and where they cannot be. */
  readonly scores: PictureScores | null;
  /** Why there are no scores, for a person. */
  readonly problem: string | null;
}

export const isSameSize = (a: RgbaPicture, b: RgbaPicture): boolean => a.width === b.width && a.height === b.height;

/** Nothing was reused. */
export const isFullRun = ({ recipe }: FinishedRun): boolean => recipe.choice.file === null;

/** `10 of 28 steps` or `Full run, 28 steps`. */
export function costName({ recipe }: FinishedRun): string {
  const { choice, stepCount } = recipe;
  return choice.file === null ? `Full run, ${stepCount} steps` : `${choice.file.computedSteps.length} of ${stepCount} steps`;
}

/** What tells the two apart: their cost, and where they differ their seed and their prompt. */
export function pairLabels(a: FinishedRun, b: FinishedRun): readonly [string, string] {
  const isSameSeed = a.recipe.seed === b.recipe.seed;
  const label = (run: FinishedRun): string =>
    [costName(run), formatSeconds(measuredMsOf(run.result.trace)), ...(isSameSeed ? [] : [`seed ${run.recipe.seed}`])].join(' · ');
  return [label(a), label(b)];
}

/** How many times faster the candidate's sampling was; null where that says nothing. */
export function speedUp({ reference, candidate }: Comparison): number | null {
  const ratio = reference.result.trace.loopMs / candidate.result.trace.loopMs;
  return Number.isFinite(ratio) && ratio > 0 ? ratio : null;
}
