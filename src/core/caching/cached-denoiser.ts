/** BudCache (arXiv 2606.13496): the policy as a wrapper of the model with the signature of a denoiser. */
import type { Denoiser, ResidualModel, StepContext } from '../denoiser.ts';
import type { CachePolicy } from '../policy.ts';
import type { TensorOps } from '../tensor-ops.ts';
import type { StepDecision } from './decisions.ts';
import { decisionsOf } from './decisions.ts';
import { createMemory } from './memory.ts';
import type { StepWork } from './payload.ts';
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
 * Computes the policy's steps with `model.full`; its payload forms the velocity of every other step.
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
  const coefficients = new Map(policy.coefficients?.map((entry) => [entry.stepIndex, entry]));
  const memory = createMemory(payload.memory, ops);
  let expectedStep = 0;

  const workOf = (latents: T, step: StepContext): StepWork<T> => ({
    latents,
    step,
    history: memory.history(),
    cached: (residual) => model.cached(latents, step, residual),
    ops,
    parameter: policy.parameter,
    coefficients: coefficients.get(step.stepIndex),
  });

  const compute = async (latents: T, step: StepContext): Promise<T> => {
    memory.makeRoom();
    const { velocity, residual } = await model.full(latents, step);
    const corrected = payload.correct?.(velocity, workOf(latents, step));
    memory.keepComputed(step, velocity, residual);
    if (corrected === undefined) return velocity;
    ops.release(velocity);
    return corrected;
  };

  const denoise: Denoiser<T> = async (latents, step) => {
    if (step.stepIndex === 0) {
      memory.clear();
      expectedStep = 0;
    }
    const decision = decisions[step.stepIndex];
    if (decision === undefined || step.stepIndex !== expectedStep) {
      throw new RangeError(`The policy expects step ${expectedStep} of ${policy.stepCount}, not step ${step.stepIndex}.`);
    }
    checkSigma(policy, step);
    onDecision(step.stepIndex, decision);
    const velocity = await (decision === 'compute' ? compute(latents, step) : payload.velocityOf(workOf(latents, step)));
    memory.keepPassed(step, latents, velocity);
    expectedStep += 1;
    if (step.stepIndex === policy.stepCount - 1) memory.clear();
    return velocity;
  };

  return { denoise, dispose: () => memory.clear() };
}

function checkSigma(policy: CachePolicy, { stepIndex, sigma, sigmaNext }: StepContext): void {
  const planned = policy.sigmas[stepIndex] ?? Number.NaN;
  const plannedNext = policy.sigmas[stepIndex + 1] ?? Number.NaN;
  const distance = Math.max(Math.abs(planned - sigma), Math.abs(plannedNext - sigmaNext));
  if (!(distance <= SIGMA_TOLERANCE)) {
    throw new RangeError(`At step ${stepIndex} the policy expects noise levels ${planned} to ${plannedNext}, not ${sigma} to ${sigmaNext}.`);
  }
}
