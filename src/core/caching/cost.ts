/** What a run will take, known before it: nothing is decided while sampling. */

/** Milliseconds on this machine, medians of warm calls. */
export interface CallCosts {
  readonly fullMs: number;
  readonly cachedMs: number;
  readonly textMs: number;
  readonly vaeMs: number;
}

/** The sampling loop alone: NFE·fullMs + (stepCount − NFE)·cachedMs. */
export function predictedLoopMs(costs: CallCosts, nfe: number, stepCount: number): number {
  if (!Number.isInteger(nfe) || !Number.isInteger(stepCount) || nfe < 1 || nfe > stepCount) {
    throw new RangeError(`A budget of ${nfe} does not fit ${stepCount} steps.`);
  }
  return nfe * costs.fullMs + (stepCount - nfe) * costs.cachedMs;
}

/** From prompt to picture: text encoders, loop, decoder. */
export function predictedRunMs(costs: CallCosts, nfe: number, stepCount: number): number {
  return costs.textMs + predictedLoopMs(costs, nfe, stepCount) + costs.vaeMs;
}
