/** A policy's plan, step by step. */
import type { CachePolicy } from '../policy.ts';

export type StepDecision = 'compute' | 'reuse';

/** One decision for each step. */
export function decisionsOf(policy: CachePolicy): StepDecision[] {
  const computed = new Set(policy.computedSteps);
  return Array.from({ length: policy.stepCount }, (_, stepIndex) => (computed.has(stepIndex) ? 'compute' : 'reuse'));
}

/** One letter for each step: C computed, R reused; e.g. `CRRCRC`. */
export function decisionLetters(decisions: readonly StepDecision[]): string {
  return decisions.map((decision) => (decision === 'compute' ? 'C' : 'R')).join('');
}
