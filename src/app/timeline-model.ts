/** What the policy timeline shows: the plan of a run, filled in as its steps are done. */
import { decisionsOf } from '../core/caching/decisions.ts';
import type { PolicyFile } from '../core/policy.ts';
import type { StepDecision, StepTrace } from '../protocol/engine.ts';
import { formatStepMs } from './format.ts';

export interface TimelineCell {
  /** 0-based. */
  readonly stepIndex: number;
  readonly decision: StepDecision;
  readonly status: 'planned' | 'current' | 'done';
  /** Measured; null until the step is done. */
  readonly ms: number | null;
  /** The computed step whose result this one takes; its own index where it is computed. */
  readonly anchorIndex: number;
}

/** Null computes every step. `isRunning` marks the step after the last one done as the current one. */
export function timelineCells(
  policy: PolicyFile | null,
  stepCount: number,
  steps: readonly StepTrace[],
  isRunning: boolean,
): TimelineCell[] {
  const decisions: StepDecision[] =
    policy === null ? Array.from({ length: stepCount }, () => 'compute' as const) : decisionsOf(policy);
  const done = new Map(steps.map((step) => [step.stepIndex, step]));
  let anchorIndex = 0;
  return decisions.map((decision, stepIndex) => {
    if (decision === 'compute') anchorIndex = stepIndex;
    const step = done.get(stepIndex);
    const isCurrent = isRunning && step === undefined && stepIndex === done.size;
    const status = step !== undefined ? 'done' : isCurrent ? 'current' : 'planned';
    return { stepIndex, decision, status, ms: step?.ms ?? null, anchorIndex };
  });
}

/** One step for a screen reader; steps are counted from 1 where people read them. */
export function describeCell({ stepIndex, decision, status, ms, anchorIndex }: TimelineCell): string {
  const what = decision === 'compute' ? 'computed' : `reuses step ${anchorIndex + 1}`;
  const time = ms === null ? '' : `, ${formatStepMs(ms)} ms`;
  return `Step ${stepIndex + 1}: ${what}${time}${status === 'current' ? ', running' : ''}`;
}
