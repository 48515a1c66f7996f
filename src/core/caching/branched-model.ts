/**
 * Classifier-free guidance (Ho and Salimans, arXiv 2207.12598) over two graphs: every branch runs for itself and
 * keeps a residual of its own; one mask serves them all.
 */
import type { ResidualModel, StepContext } from '../denoiser.ts';
import type { TensorOps } from '../tensor-ops.ts';

/** One tensor a branch. Latents and velocities have one in all, residuals one for each branch. */
export type Branched<T> = readonly T[];

/** The branches' shares of the velocity: pos + g·(pos − neg), or all of it where only the prompt's own branch runs. */
export const branchWeights = (guidanceScale: number): readonly number[] =>
  guidanceScale === 0 ? [1] : [1 + guidanceScale, -guidanceScale];

/** Sums branch by branch. */
export function branchedOps<T>(ops: TensorOps<T>): TensorOps<Branched<T>> {
  return {
    weightedSum: (weights, terms) => (terms[0] ?? []).map((_, branch) => ops.weightedSum(weights, terms.map((term) => branchOf(term, branch)))),
    release: (tensor) => {
      for (const part of tensor) ops.release(part);
    },
  };
}

/** The one tensor of latents and velocities. @throws RangeError on any other. */
export function onlyBranch<T>(tensor: Branched<T>): T {
  if (tensor.length !== 1) throw new RangeError(`Expected one branch, got ${tensor.length}.`);
  return branchOf(tensor, 0);
}

/** velocity = Σ weights[i]·velocity of branches[i]. @param weights one a branch. */
export function branchedModel<T>(branches: readonly ResidualModel<T>[], weights: readonly number[], ops: TensorOps<T>): ResidualModel<Branched<T>> {
  if (branches.length !== weights.length) throw new RangeError(`${branches.length} branches have ${weights.length} weights.`);

  /** The sum of the velocities that `run` gives, branch after branch. */
  async function combine(run: (model: ResidualModel<T>, branch: number) => Promise<T>): Promise<Branched<T>> {
    const velocities: T[] = [];
    try {
      for (const [branch, model] of branches.entries()) velocities.push(await run(model, branch));
      // The velocity itself, not a copy.
      if (velocities.length === 1) return velocities.splice(0);
      return [ops.weightedSum(weights, velocities)];
    } finally {
      for (const velocity of velocities) ops.release(velocity);
    }
  }

  return {
    async full(latents: Branched<T>, step: StepContext) {
      const residual: T[] = [];
      try {
        const velocity = await combine(async (model) => {
          const outputs = await model.full(onlyBranch(latents), step);
          residual.push(outputs.residual);
          return outputs.velocity;
        });
        return { velocity, residual };
      } catch (error) {
        for (const part of residual) ops.release(part);
        throw error;
      }
    },
    cached: (latents, step, residual) => combine((model, branch) => model.cached(onlyBranch(latents), step, branchOf(residual, branch))),
  };
}

function branchOf<T>(tensor: Branched<T>, branch: number): T {
  if (branch >= tensor.length) throw new RangeError(`There is no branch ${branch} among ${tensor.length}.`);
  return tensor[branch] as T;
}
