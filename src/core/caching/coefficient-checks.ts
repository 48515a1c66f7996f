/** What the fitted parts of a policy must be for its payload to run. */
import type { CachePolicy, StepCoefficients } from '../policy.ts';
import { outputsOf } from './payload-fitted.ts';
import { MAX_SPAN } from './payload-mean-velocity.ts';

/** Each problem as a plain sentence. */
export function payloadProblems(policy: CachePolicy): string[] {
  return [...parameterProblems(policy), ...coefficientProblems(policy)];
}

function parameterProblems({ payload, parameter }: CachePolicy): string[] {
  if (parameter === undefined) return [];
  if (payload !== 'two-anchor' && payload !== 'mean-velocity') return [`The payload “${payload}” takes no parameter.`];
  if (!Number.isFinite(parameter)) return ['The parameter must be a finite number.'];
  const isSpan = Number.isInteger(parameter) && parameter >= 1 && parameter <= MAX_SPAN;
  if (payload === 'mean-velocity' && !isSpan) return [`The span must be a whole number from 1 to ${MAX_SPAN}, not ${parameter}.`];
  return [];
}

function coefficientProblems({ payload, coefficients, computedSteps, stepCount }: CachePolicy): string[] {
  const isFitted = payload === 'fitted' || payload === 'multistep';
  if (!isFitted) return coefficients === undefined ? [] : [`The payload “${payload}” takes no coefficients.`];
  const computed = new Set(computedSteps);
  if (payload === 'multistep' && computed.size !== stepCount) return ['A multistep policy must compute every step.'];
  const steps = Array.from({ length: stepCount }, (_, step) => step).filter((step) => payload === 'multistep' || !computed.has(step));
  const given = (coefficients ?? []).map(({ stepIndex }) => stepIndex);
  if (steps.join() !== given.join()) return [`Coefficients are needed for the steps {${steps.join(',')}}, in order; they are given for {${given.join(',')}}.`];
  return (coefficients ?? []).flatMap((entry) => {
    const before = payload === 'multistep' ? entry.stepIndex + 1 : computedSteps.filter((step) => step < entry.stepIndex).length;
    return entryProblems(entry, payload, before);
  });
}

function entryProblems({ stepIndex, basis, weights }: StepCoefficients, payload: string, computedCount: number): string[] {
  if (payload === 'multistep' && basis !== 'velocities') return [`A multistep policy combines velocities only, not “${basis}” as at step ${stepIndex}.`];
  const available = outputsOf(basis, computedCount).length;
  if (weights.length < 1 || weights.length > available) {
    return [`Step ${stepIndex} takes 1 to ${available} coefficients of the basis “${basis}”, not ${weights.length}.`];
  }
  return weights.every(Number.isFinite) ? [] : [`The coefficients of step ${stepIndex} must be finite numbers.`];
}
