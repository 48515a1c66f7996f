/** A budget given as seconds: the largest one that this machine is predicted to keep. */
import type { CallCosts } from '../core/caching/cost.ts';
import { predictedPolicyMs, predictedRunMs } from '../core/caching/cost.ts';
import type { BudgetStop, PolicyChoice } from './budget-stops.ts';

/** Prompt to picture. `stepCount` is that of the full run. */
export const predictedChoiceMs = (costs: CallCosts, { file }: PolicyChoice, stepCount: number): number =>
  file === null ? predictedRunMs(costs, stepCount, stepCount) : predictedPolicyMs(costs, file);

export interface LimitedStop {
  readonly stop: BudgetStop;
  /** False: even the cheapest budget takes longer, and is taken all the same. */
  readonly isKept: boolean;
}

/** Judged by each stop's default policy. `stops` rise by NFE and are not empty. */
export function stopWithin(stops: readonly [BudgetStop, ...BudgetStop[]], limitMs: number, costs: CallCosts, stepCount: number): LimitedStop {
  const largest = stops.findLast(({ choices }) => predictedChoiceMs(costs, choices[0], stepCount) <= limitMs);
  return largest === undefined ? { stop: stops[0], isKept: false } : { stop: largest, isKept: true };
}
