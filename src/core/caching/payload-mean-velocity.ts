/**
 * MeanCache (arXiv 2601.19961): the last velocity, moved on by the slope seen between the mean velocity over the
 * last `span` steps and the velocity at their start. Skipped steps count as steps too. Needs no residual:
 * v̂ = v_last + (σ' − σ)·((x − x₀)/(σ − σ₀) − v₀)/(σ − σ₀). A span of 1 is plain reuse of the velocity.
 */
import type { Payload } from './payload.ts';

export const MAX_SPAN = 6;
const DEFAULT_SPAN = 4;

export const meanVelocityPayload: Payload = {
  memory: { residuals: 0, velocities: 0, passed: MAX_SPAN },
  async velocityOf({ latents, step, history, ops, parameter = DEFAULT_SPAN }) {
    const last = history.passed[0];
    const first = history.passed[Math.min(parameter, history.passed.length) - 1];
    if (last === undefined || first === undefined) throw new Error('No step has been taken whose velocity could be reused.');
    if (first === last) return ops.weightedSum([1], [last.velocity]);
    const width = step.sigma - first.step.sigma;
    const slopeReach = (step.sigmaNext - step.sigma) / width;
    const moved = ops.weightedSum([1, -slopeReach], [last.velocity, first.velocity]);
    try {
      return ops.weightedSum([1, slopeReach / width, -slopeReach / width], [moved, latents, first.latents]);
    } finally {
      ops.release(moved);
    }
  },
};
