/** What the page says about a budget before it is spent, and afterwards about how right that was. */
import type { CallCosts } from '../core/caching/cost.ts';
import { formatDeviation, formatSeconds } from './format.ts';
import { predictedMsOf } from './state.ts';

/** `about 3.2 s`, or an ellipsis while this machine is not measured. */
export function predictionHeadline(costs: CallCosts | null, nfe: number, stepCount: number): string {
  const ms = predictedMsOf(costs, nfe, stepCount);
  return ms === null ? '…' : `about ${formatSeconds(ms)}`;
}

export function describePrediction(costs: CallCosts | null, nfe: number, stepCount: number, isMeasuring: boolean): string {
  const steps = nfe === stepCount ? `All ${stepCount} steps computed` : `${nfe} of ${stepCount} steps computed`;
  if (isMeasuring) return `${steps}. Measuring this machine once, to foretell the seconds…`;
  const ms = predictedMsOf(costs, nfe, stepCount);
  const fullMs = predictedMsOf(costs, stepCount, stepCount);
  if (ms === null || fullMs === null) return `${steps}. The seconds follow when this machine has been measured.`;
  if (nfe === stepCount) return `${steps}: nothing is reused, and nothing is lost.`;
  return `${steps}, ${(fullMs / ms).toFixed(1)} times faster than the full run (${formatSeconds(fullMs)}).`;
}

/** `3.3 s, predicted 3.2 s (+3 %)`. */
export function describeMeasured(measuredMs: number, predictedMs: number | null): string {
  if (predictedMs === null) return formatSeconds(measuredMs);
  return `${formatSeconds(measuredMs)}, predicted ${formatSeconds(predictedMs)} (${formatDeviation(predictedMs, measuredMs)})`;
}
