/**
 * The closed-loop fitted payload: a skipped step's velocity is a weighted sum of up to three outputs, with weights
 * found beforehand (closed-loop-fit.ts). Nearest to it in print: L2P-Cache (arXiv 2604.26365), which fits on the
 * teacher's states and for no particular mask.
 */
import type { FittedBasis } from '../policy.ts';
import type { Payload, StepWork } from './payload.ts';
import { extrapolationWeights, weightedHead } from './payload-residual.ts';

export type FittedOutput = 'head' | 'extrapolated-head' | 'newest-velocity' | 'second-velocity' | 'third-velocity';

/** In the order of the weights; the first one alone with weight 1 is plain reuse, of the residual or of the velocity. */
const OUTPUTS: Readonly<Record<FittedBasis, readonly FittedOutput[]>> = {
  heads: ['head', 'extrapolated-head'],
  velocities: ['newest-velocity', 'second-velocity', 'third-velocity'],
  'heads-and-velocity': ['head', 'newest-velocity', 'extrapolated-head'],
};

/** What the basis asks of a run's memory. */
export const FITTED_MEMORY = { residuals: 2, velocities: 3, passed: 0 };

/** How many steps must have been computed for an output to exist. */
const ANCHORS: Readonly<Record<FittedOutput, number>> = {
  head: 1,
  'extrapolated-head': 2,
  'newest-velocity': 1,
  'second-velocity': 2,
  'third-velocity': 3,
};

/** The outputs of the basis that exist when `computedCount` steps have been computed. */
export const outputsOf = (basis: FittedBasis, computedCount: number): FittedOutput[] =>
  OUTPUTS[basis].filter((output) => ANCHORS[output] <= computedCount);

export interface FormedOutput<T> {
  readonly tensor: T;
  /** True when it is a new tensor that the caller releases. */
  readonly owned: boolean;
}

/** @throws RangeError when too few steps have been computed for it. */
export async function formOutput<T>(
  output: FittedOutput,
  work: Pick<StepWork<T>, 'step' | 'history' | 'cached' | 'ops'>,
): Promise<FormedOutput<T>> {
  const { history, step } = work;
  const kept = output.endsWith('velocity') ? history.velocities : history.residuals;
  const oldest = kept[ANCHORS[output] - 1];
  if (oldest === undefined) throw new RangeError(`Step ${step.stepIndex} has no ${output} after ${kept.length} computed steps.`);
  if (kept === history.velocities) return { tensor: oldest.tensor, owned: false };
  const weights = output === 'head' ? [1] : extrapolationWeights(kept.map((anchor) => anchor.step), step);
  return { tensor: await weightedHead(weights, work), owned: true };
}

export const fittedPayload: Payload = {
  memory: FITTED_MEMORY,
  async velocityOf(work) {
    const { coefficients, step } = work;
    if (coefficients === undefined) throw new RangeError(`The policy has no coefficients for step ${step.stepIndex}.`);
    const { basis, weights } = coefficients;
    const formed: FormedOutput<Parameters<typeof work.cached>[0]>[] = [];
    try {
      for (const output of outputsOf(basis, work.history.velocities.length).slice(0, weights.length)) formed.push(await formOutput(output, work));
      return work.ops.weightedSum(weights, formed.map(({ tensor }) => tensor));
    } finally {
      for (const { tensor, owned } of formed) if (owned) work.ops.release(tensor);
    }
  },
};
