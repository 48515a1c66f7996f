/** What a run will take, known before it: nothing is decided while sampling. */

import type { CachePolicy } from '../policy.ts';
import { outputsOf } from './payload-fitted.ts';

/** Milliseconds on this machine, medians of warm calls. */
export interface CallCosts {
  readonly fullMs: number;
  readonly cachedMs: number;
  readonly textMs: number;
  readonly vaeMs: number;
}

/** How often a run with the policy calls the cached graph: once a skipped step, but by what is fitted up to twice or not at all. */
export function cachedCallsOf({ payload, coefficients, stepCount, computedSteps }: CachePolicy): number {
  if (payload === 'mean-velocity' || payload === 'multistep') return 0;
  if (payload !== 'fitted') return stepCount - computedSteps.length;
  return (coefficients ?? []).reduce((sum, { basis, weights }) => {
    const heads = outputsOf(basis, weights.length).slice(0, weights.length).filter((output) => output.endsWith('head'));
    return sum + heads.length;
  }, 0);
}

/** The sampling loop alone: NFE·fullMs + (stepCount − NFE)·cachedMs. */
export function predictedLoopMs(costs: CallCosts, nfe: number, stepCount: number): number {
  if (!Number.isInteger(nfe) || !Number.isInteger(stepCount) || nfe < 1 || nfe > stepCount) {
    throw new RangeError(`A budget of ${nfe} does not fit ${stepCount} steps.`);
  }
  return nfe * costs.fullMs + (stepCount - nfe) * costs.cachedMs;
}

/** From prompt to picture with a policy: its own steps, computed and skipped, each at what it calls. */
export function predictedPolicyMs(costs: CallCosts, policy: CachePolicy): number {
  return costs.textMs + policy.computedSteps.length * costs.fullMs + cachedCallsOf(policy) * costs.cachedMs + costs.vaeMs;
}

/** From prompt to picture: text encoders, loop, decoder. */
export function predictedRunMs(costs: CallCosts, nfe: number, stepCount: number): number {
  return costs.textMs + predictedLoopMs(costs, nfe, stepCount) + costs.vaeMs;
}
