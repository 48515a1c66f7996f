/** What a run will do, decided before it starts; requests that cannot be run are refused here. */
import { misfitReason, policyProblems } from '../../src/core/caching/policy-checks.ts';
import { probeOf } from '../../src/core/baselines/runtime-policy.ts';
import type { PolicyFile } from '../../src/core/policy.ts';
import { scheduledSigmas } from '../../src/core/sampling/scheduled-sigmas.ts';
import type { GenerateRequest } from '../../src/protocol/engine.ts';
import { CodedError } from '../../src/protocol/errors.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { parsePolicyShape } from '../../src/storage/policy-schema.ts';
import { latentLength } from './latent-layout.ts';

export interface RunPlan {
  readonly stepCount: number;
  /** stepCount + 1 values: the policy's own, else the scheduler's. */
  readonly sigmas: readonly number[];
  /** Null computes every step. */
  readonly policy: PolicyFile | null;
}

const MAX_STEPS = 1000;
const MAX_SEED = 2 ** 32 - 1;

export type PlanRequest = Pick<GenerateRequest, 'seed' | 'guidanceScale' | 'stepCount' | 'policy' | 'noise' | 'negativePrompt'>;

/** @throws CodedError `request-invalid`, `policy-invalid` or `policy-mismatch`. */
export function planRun(manifest: Manifest, request: PlanRequest): RunPlan {
  const problem = requestProblem(manifest, request);
  if (problem !== null) throw new CodedError('request-invalid', problem);
  const { stepCount, policy } = request;
  if (policy === null) {
    return { stepCount, sigmas: scheduledSigmas(stepCount, manifest.latent.tokens, manifest.scheduler.shift), policy };
  }
  checkPolicy(manifest, policy, stepCount);
  return { stepCount, sigmas: policy.sigmas, policy };
}

function checkPolicy(manifest: Manifest, policy: PolicyFile, stepCount: number): void {
  const shape = parsePolicyShape(policy);
  if (!shape.ok) throw new CodedError(shape.error.code, shape.error.message);
  const problems = policyProblems(policy);
  if (problems.length > 0) throw new CodedError('policy-invalid', problems.join(' '));
  const { id, binding, pipeline } = manifest;
  const misfit = misfitReason(policy, { id, binding, architecture: pipeline, stepCount });
  if (misfit !== null) throw new CodedError('policy-mismatch', misfit);
  const probe = policy.rule === undefined ? null : probeOf(policy.rule);
  if (probe !== null && !Object.hasOwn(manifest.components, probe)) {
    throw new CodedError('policy-mismatch', `The model has no graph “${probe}”, which the policy looks through.`);
  }
}

function requestProblem({ guidance, components }: Manifest, request: PlanRequest): string | null {
  const { seed, guidanceScale, stepCount, noise, negativePrompt = '' } = request;
  if (!Number.isInteger(stepCount) || stepCount < 1 || stepCount > MAX_STEPS) {
    return `The number of steps must be a whole number from 1 to ${MAX_STEPS}, not ${stepCount}.`;
  }
  if (!Number.isInteger(seed) || seed < 0 || seed > MAX_SEED) {
    return `The seed must be a whole number from 0 to ${MAX_SEED}, not ${seed}.`;
  }
  if (!(guidanceScale >= guidance.min && guidanceScale <= guidance.max)) {
    return `The guidance must lie between ${guidance.min} and ${guidance.max}, not at ${guidanceScale}.`;
  }
  if (negativePrompt !== '' && guidance.kind === 'embedded') return 'The model takes no negative prompt.';
  const values = latentLength({ components });
  if (noise !== undefined && noise.length !== values) return `The noise must hold ${values} values, not ${noise.length}.`;
  return null;
}
