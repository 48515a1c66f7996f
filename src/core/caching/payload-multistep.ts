/**
 * Bespoke non-stationary solvers (arXiv 2403.01329): every step is computed, and its velocity is replaced by a
 * fitted sum of it and of up to two older ones. Needs neither residuals nor the cached graph.
 */
import type { Payload } from './payload.ts';

export const multistepPayload: Payload = {
  memory: { residuals: 0, velocities: 2, passed: 0 },
  velocityOf: ({ step }) => Promise.reject(new RangeError(`A multistep policy computes every step; step ${step.stepIndex} is not.`)),
  correct(velocity, { step, history, coefficients, ops }) {
    if (coefficients === undefined) throw new RangeError(`The policy has no coefficients for step ${step.stepIndex}.`);
    const { weights } = coefficients;
    const older = history.velocities.slice(0, weights.length - 1).map(({ tensor }) => tensor);
    return ops.weightedSum(weights, [velocity, ...older]);
  },
};
