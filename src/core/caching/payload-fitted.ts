/**
 * The closed-loop fitted payload: a skipped step's velocity is a weighted sum of up to three outputs, with weights
 * found beforehand (closed-loop-fit.ts). Nearest to it in print: L2P-Cache (arXiv 2604.26365), which fits on the
 * teacher's states and for no particular mask.
 */
import type { FittedBasis } from '../policy.ts';
import type { Payload, StepWork } from './payload.ts';
import { extrapolationWeights, weightedHead } from './payload-residual.ts';

type Output = 'head' | 'extrapolated-head' | 'newest-velocity' | 'second-velocity' | 'third-velocity';

/** In the order of the weights; the first one alone with weight 1 is plain reuse, of the residual or of the velocity. */
const OUTPUTS: Readonly<Record<FittedBasis, readonly Output[]>> = {
  heads: ['head', 'extrapolated-head'],
  velocities: ['newest-velocity', 'second-velocity', 'third-velocity'],
  'heads-and-velocity': ['head', 'newest-velocity', 'extrapolated-head'],
};

/** What the basis asks of a run's memory. */
export const FITTED_MEMORY = { residuals: 2, velocities: 3, passed: 0 };

/** How many steps must have been computed for an output to exist. */
const anchorsFor = (output: Output): number =>
  output === 'third-velocity' ? 3 : output === 'second-velocity' || output === 'extrapolated-head' ? 2 : 1;

/** How many outputs of the basis exist when `computedCount` steps have been computed. */
export const outputCount = (basis: FittedBasis, computedCount: number): number =>
  OUTPUTS[basis].filter((output) => anchorsFor(output) <= computedCount).length;

export interface BasisOutput<T> {
  readonly tensor: T;
  /** True when it is a new tensor that the caller releases. */
  readonly owned: boolean;
}

/** The first `count` outputs of the basis. @throws RangeError when fewer exist. */
export async function basisOutputs<T>(
  basis: FittedBasis,
  count: number,
  work: Pick<StepWork<T>, 'step' | 'history' | 'cached' | 'ops'>,
): Promise<BasisOutput<T>[]> {
  const { history, step } = work;
  const wanted = OUTPUTS[basis].slice(0, count);
  const computedCount = Math.max(history.residuals.length, history.velocities.length);
  if (wanted.length < count || wanted.some((output) => anchorsFor(output) > computedCount)) {
    throw new RangeError(`Step ${step.stepIndex} has no ${count} outputs of the basis “${basis}” after ${computedCount} computed steps.`);
  }
  const outputs: BasisOutput<T>[] = [];
  const velocity = (age: number): BasisOutput<T> => {
    const kept = history.velocities[age];
    if (kept === undefined) throw new RangeError(`The run keeps no ${age + 1} velocities.`);
    return { tensor: kept.tensor, owned: false };
  };
  const make: Record<Output, () => Promise<BasisOutput<T>> | BasisOutput<T>> = {
    head: async () => ({ tensor: await weightedHead([1], work), owned: true }),
    'extrapolated-head': async () => {
      const weights = extrapolationWeights(history.residuals.map((anchor) => anchor.step), step);
      return { tensor: await weightedHead(weights, work), owned: true };
    },
    'newest-velocity': () => velocity(0),
    'second-velocity': () => velocity(1),
    'third-velocity': () => velocity(2),
  };
  try {
    for (const output of wanted) outputs.push(await make[output]());
  } catch (error) {
    releaseOutputs(outputs, work);
    throw error;
  }
  return outputs;
}

export function releaseOutputs<T>(outputs: readonly BasisOutput<T>[], { ops }: Pick<StepWork<T>, 'ops'>): void {
  for (const { tensor, owned } of outputs) if (owned) ops.release(tensor);
}

export const fittedPayload: Payload = {
  memory: FITTED_MEMORY,
  async velocityOf(work) {
    const { coefficients, step } = work;
    if (coefficients === undefined) throw new RangeError(`The policy has no coefficients for step ${step.stepIndex}.`);
    const { basis, weights } = coefficients;
    const outputs = await basisOutputs(basis, weights.length, work);
    const single = outputs.length === 1 && weights[0] === 1 ? outputs[0] : undefined;
    if (single?.owned === true) return single.tensor;
    try {
      return work.ops.weightedSum(weights, outputs.map(({ tensor }) => tensor));
    } finally {
      releaseOutputs(outputs, work);
    }
  },
};
