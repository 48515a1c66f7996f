/** BudCache (arXiv 2606.13496): the policy as a wrapper of the model with the signature of a denoiser. */
import type { Denoiser, ResidualModel, StepContext } from '../denoiser.ts';
import type { CachePolicy } from '../policy.ts';
import type { TensorOps } from '../tensor-ops.ts';
import type { StepDecision } from './decisions.ts';
import { decisionsOf } from './decisions.ts';
import type { Anchor } from './payload.ts';
import { payloadOf } from './payload.ts';
import { policyProblems } from './policy-checks.ts';

/** Far below the distance of neighbouring noise levels, far above float32's rounding of them. */
const SIGMA_TOLERANCE = 1e-6;

export interface CachedDenoiser<T> {
  /** Takes the policy's steps in order, from step 0; step 0 starts the next run. Any other step throws. */
  readonly denoise: Denoiser<T>;
  /** Releases what is kept between steps; call it when the run has ended, however it ended. */
  dispose(): void;
}

/**
 * Computes the policy's steps with `model.full` and forms every other step's velocity with `model.cached`.
 * @param onDecision told of each step before its work begins.
 * @throws RangeError when the policy cannot be run.
 */
export function createCachedDenoiser<T>(
  model: ResidualModel<T>,
  policy: CachePolicy,
  ops: TensorOps<T>,
  onDecision: (stepIndex: number, decision: StepDecision) => void = () => {},
): CachedDenoiser<T> {
  const problems = policyProblems(policy);
  if (problems.length > 0) throw new RangeError(problems.join(' '));
  const decisions = decisionsOf(policy);
  const payload = payloadOf(policy.payload);
  /** Newest first. */
  let anchors: Anchor<T>[] = [];
  let expectedStep = 0;

  const keepAnchors = (count: number): void => {
    for (const anchor of anchors.slice(count)) ops.release(anchor.residual);
    anchors = anchors.slice(0, count);
  };

  const compute = async (latents: T, step: StepContext): Promise<T> => {
    // Room first, so that no more than the payload's anchors are ever held beside the new one.
    keepAnchors(payload.anchorCount - 1);
    const { velocity, residual } = await model.full(latents, step);
    anchors = [{ step, residual }, ...anchors];
    return velocity;
  };

  const reuse = async (latents: T, step: StepContext): Promise<T> => {
    const formed = payload.form(anchors, step, ops);
    try {
      return await model.cached(latents, step, formed.residual);
    } finally {
      if (formed.owned) ops.release(formed.residual);
    }
  };

  const denoise: Denoiser<T> = async (latents, step) => {
    if (step.stepIndex === 0) {
      keepAnchors(0);
      expectedStep = 0;
    }
    const decision = decisions[step.stepIndex];
    if (decision === undefined || step.stepIndex !== expectedStep) {
      throw new RangeError(`The policy expects step ${expectedStep} of ${policy.stepCount}, not step ${step.stepIndex}.`);
    }
    checkSigma(policy, step);
    onDecision(step.stepIndex, decision);
    const velocity = await (decision === 'compute' ? compute(latents, step) : reuse(latents, step));
    expectedStep += 1;
    if (step.stepIndex === policy.stepCount - 1) keepAnchors(0);
    return velocity;
  };

  return { denoise, dispose: () => keepAnchors(0) };
}

function checkSigma(policy: CachePolicy, { stepIndex, sigma, sigmaNext }: StepContext): void {
  const planned = policy.sigmas[stepIndex] ?? Number.NaN;
  const plannedNext = policy.sigmas[stepIndex + 1] ?? Number.NaN;
  const distance = Math.max(Math.abs(planned - sigma), Math.abs(plannedNext - sigmaNext));
  if (!(distance <= SIGMA_TOLERANCE)) {
    throw new RangeError(`At step ${stepIndex} the policy expects noise levels ${planned} to ${plannedNext}, not ${sigma} to ${sigmaNext}.`);
  }
}
