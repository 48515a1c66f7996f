/** What a cache policy must be beyond its JSON shape, and which model it may be used with. */
import type { CachePolicy, PolicyFile } from '../policy.ts';
import { payloadProblems } from './coefficient-checks.ts';

/** Everything wrong with the policy, each as a plain sentence; empty when it can be run. */
export function policyProblems(policy: CachePolicy): string[] {
  const { stepCount, sigmas, computedSteps } = policy;
  if (!Number.isInteger(stepCount) || stepCount < 1) return [`The number of steps must be a whole number above 0, not ${stepCount}.`];
  return [...sigmaProblems(sigmas, stepCount), ...computedStepProblems(computedSteps, stepCount), ...payloadProblems(policy)];
}

function sigmaProblems(sigmas: readonly number[], stepCount: number): string[] {
  const problems: string[] = [];
  if (sigmas.length !== stepCount + 1) problems.push(`${stepCount} steps need ${stepCount + 1} noise levels; there are ${sigmas.length}.`);
  if (!sigmas.every(Number.isFinite)) return [...problems, 'Every noise level must be a finite number.'];
  if ((sigmas[0] ?? 0) > 1) problems.push(`The first noise level must not be above 1; it is ${sigmas[0]}.`);
  if (sigmas.at(-1) !== 0) problems.push(`The last noise level must be 0; it is ${sigmas.at(-1) ?? 'missing'}.`);
  const rise = sigmas.findIndex((sigma, index) => index > 0 && sigma >= (sigmas[index - 1] ?? Infinity));
  if (rise > 0) problems.push(`Noise levels must fall from step to step; number ${rise + 1} does not.`);
  return problems;
}

function computedStepProblems(computedSteps: readonly number[], stepCount: number): string[] {
  if (computedSteps.length === 0) return ['At least step 0 must be computed.'];
  const problems: string[] = [];
  if (!computedSteps.every(Number.isInteger)) problems.push('Computed steps must be whole numbers.');
  if (computedSteps[0] !== 0) problems.push(`The first computed step must be 0; it is ${computedSteps[0]}.`);
  const outside = computedSteps.find((step) => step < 0 || step >= stepCount);
  if (outside !== undefined) problems.push(`Step ${outside} is outside the ${stepCount} steps from 0 to ${stepCount - 1}.`);
  const disorder = computedSteps.findIndex((step, index) => index > 0 && !(step > (computedSteps[index - 1] ?? -1)));
  if (disorder > 0) problems.push(`Computed steps must rise; ${computedSteps[disorder]} follows ${computedSteps[disorder - 1]}.`);
  return problems;
}

/** What is asked of a model before a policy may run on it. */
export interface ModelIdentity {
  readonly id: string;
  /** The manifest's `binding`. */
  readonly binding: string;
  /** e.g. `flux`. */
  readonly architecture: string;
  /** Of the run that is wanted. */
  readonly stepCount: number;
}

/** Null when the policy fits the model, else the reason why not, one sentence. */
export function misfitReason(policy: PolicyFile, model: ModelIdentity): string | null {
  const { model: made, stepCount } = policy;
  if (made.kind === 'bound') {
    if (made.id !== model.id) return `The policy was made for the model “${made.id}”, not for “${model.id}”.`;
    if (made.binding !== model.binding) return `The policy was made for another version of the model “${model.id}”.`;
  } else if (made.architecture !== model.architecture) {
    return `The policy was made for the architecture “${made.architecture}”, not for “${model.architecture}”.`;
  }
  if (stepCount !== model.stepCount) return `The policy was made for ${stepCount} steps, not for ${model.stepCount}.`;
  return null;
}
