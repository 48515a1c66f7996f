/** Payloads that hand the cached graph a weighted sum of computed residuals. */
import type { StepContext } from '../denoiser.ts';
import type { Payload, StepWork } from './payload.ts';

/** Weights for the residuals of the computed steps `anchors`, newest first, at `step`; at most as many as anchors. */
export type ResidualWeights = (anchors: readonly StepContext[], step: StepContext, parameter: number | undefined) => readonly number[];

export function residualPayload(anchorCount: number, weightsOf: ResidualWeights): Payload {
  return {
    memory: { residuals: anchorCount, velocities: 0, passed: 0 },
    velocityOf: ({ history, step, parameter, ...work }) =>
      weightedHead(weightsOf(history.residuals.map((anchor) => anchor.step), step, parameter), { history, ...work }),
  };
}

/** The cached graph's output for Σ weights[i]·residuals[i]. */
export async function weightedHead<T>(weights: readonly number[], work: Pick<StepWork<T>, 'history' | 'cached' | 'ops'>): Promise<T> {
  const residuals = work.history.residuals.slice(0, weights.length).map(({ tensor }) => tensor);
  const newest = residuals[0];
  if (newest === undefined) throw new Error('No step has been computed whose residual could be reused.');
  // The residual itself, not a copy.
  if (weights.length === 1 && weights[0] === 1) return work.cached(newest);
  const residual = work.ops.weightedSum(weights, residuals);
  try {
    return await work.cached(residual);
  } finally {
    work.ops.release(residual);
  }
}

/**
 * Weights of R_a + damping·(R_a − R_b)·(σ − σ_a)/(σ_a − σ_b): the line through the two newest anchors.
 * With one anchor that one is reused.
 */
export function extrapolationWeights(anchors: readonly StepContext[], step: StepContext, damping = 1): readonly number[] {
  const [newest, older] = anchors;
  if (newest === undefined || older === undefined) return [1];
  const reach = (damping * (step.sigma - newest.sigma)) / (newest.sigma - older.sigma);
  return [1 + reach, -reach];
}
