/** What the page says about a budget before it is spent, and afterwards about how right that was. */
import type { CallCosts } from '../core/caching/cost.ts';
import type { RunTrace } from '../protocol/engine.ts';
import { predictedChoiceMs } from './budget-seconds.ts';
import { FULL_RUN } from './budget-stops.ts';
import { formatDeviation, formatSeconds } from './format.ts';
import type { Selection } from './state.ts';

/** `about 3.2 s`, or an ellipsis while this machine is not measured. */
export function predictionHeadline(costs: CallCosts | null, { choice, stepCount }: Pick<Selection, 'choice' | 'stepCount'>): string {
  return costs === null ? '…' : `about ${formatSeconds(predictedChoiceMs(costs, choice, stepCount))}`;
}

/** `8 of 28 steps computed`. */
export function describeSteps({ choice: { file }, stepCount }: Pick<Selection, 'choice' | 'stepCount'>): string {
  if (file === null) return `All ${stepCount} steps computed`;
  if (file.payload === 'multistep') return `${file.stepCount} steps of its own in place of ${stepCount}, all computed`;
  return `${file.computedSteps.length} of ${stepCount} steps computed`;
}

export interface BudgetTextState {
  readonly costs: CallCosts | null;
  readonly isMeasuring: boolean;
  /** The limit that was asked for. */
  readonly budgetSeconds: number | null;
}

export function describePrediction(selection: Selection, state: BudgetTextState): string {
  const text = describeCost(selection, state);
  const within = state.budgetSeconds === null ? '' : formatSeconds(state.budgetSeconds * 1000);
  switch (selection.limit) {
    case 'none':
      return text;
    case 'kept':
      return `The largest budget within ${within} on this machine. ${text}`;
    case 'exceeded':
      return `Nothing here stays within ${within}; this takes the least. ${text}`;
    case 'unknown':
      return `The largest budget within ${within} is known when this machine has been measured. ${text}`;
  }
}

function describeCost(selection: Selection, { costs, isMeasuring }: BudgetTextState): string {
  const steps = describeSteps(selection);
  if (isMeasuring) return `${steps}. Measuring this machine once, to predict the seconds…`;
  if (costs === null) return `${steps}. The seconds follow when this machine has been measured.`;
  if (selection.choice.file === null) return `${steps}: nothing is reused, and nothing is lost.`;
  const ms = predictedChoiceMs(costs, selection.choice, selection.stepCount);
  const fullMs = predictedChoiceMs(costs, FULL_RUN, selection.stepCount);
  return `${steps}, ${(fullMs / ms).toFixed(1)} times faster than the full run (${formatSeconds(fullMs)}).`;
}

/** What the prediction is about: prompt to picture, live previews apart. */
export const measuredMsOf = ({ totalMs, previewMs }: Pick<RunTrace, 'totalMs' | 'previewMs'>): number => totalMs - previewMs;

/** `3.3 s, predicted 3.2 s (+3 %)`. */
export function describeMeasured(measuredMs: number, predictedMs: number | null): string {
  if (predictedMs === null) return formatSeconds(measuredMs);
  return `${formatSeconds(measuredMs)}, predicted ${formatSeconds(predictedMs)} (${formatDeviation(predictedMs, measuredMs)})`;
}
