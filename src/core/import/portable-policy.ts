/** Makes a portable policy, not verified on any model, from a schedule that came from elsewhere. */
import { policyProblems } from '../caching/policy-checks.ts';
import type { PolicyFile } from '../policy.ts';
import { refuse } from './refusal.ts';

/** What the schedule is imported for. */
export interface ImportTarget {
  /** e.g. `flux`. */
  readonly architecture: string;
  /** Taken where the file does not say. */
  readonly stepCount: number;
  /** The model's own noise levels, stepCount + 1 of them; used where the file brings none. */
  sigmasFor(stepCount: number): readonly number[];
}

/** Far above any sampler's; the policy schema has the same bound. */
export const MAX_STEP_COUNT = 1000;
const MAX_NAME_LENGTH = 200;

export interface ForeignSchedule {
  readonly name: string;
  readonly architecture: string;
  readonly sigmas: readonly number[];
  readonly computedSteps: readonly number[];
  readonly provenance: string;
}

/** Refuses (`policy-invalid`) by throwing; see refusal.ts. */
export function portablePolicy({ name, architecture, sigmas, computedSteps, provenance }: ForeignSchedule): PolicyFile {
  const policy: PolicyFile = {
    format: 'budcache-policy/1',
    name: name.slice(0, MAX_NAME_LENGTH) || 'imported',
    model: { kind: 'portable', architecture },
    stepCount: sigmas.length - 1,
    sigmas,
    computedSteps,
    payload: 'reuse',
    evidence: null,
    provenance,
  };
  const problems = policyProblems(policy);
  if (problems.length > 0) refuse('policy-invalid', problems.slice(0, 3).join(' '));
  return policy;
}

/** Refused before anything of that length is made. */
export function checkStepCount(stepCount: number): void {
  if (!Number.isInteger(stepCount) || stepCount < 1 || stepCount > MAX_STEP_COUNT) {
    refuse('policy-invalid', `The number of steps must be a whole number from 1 to ${MAX_STEP_COUNT}, not ${stepCount}.`);
  }
}
