/** What the published caching methods are made of here: a measured signal, a rule that decides by it, and a payload. */
import type { StepDecision } from '../caching/decisions.ts';
import type { ResidualModel, StepContext } from '../denoiser.ts';
import type { TensorOps } from '../tensor-ops.ts';

/** `modulated`: [first block's normalised, modulated input]; `firstBlock`: [hidden states after it, what it added, …]. */
export type ProbeName = 'modulated' | 'firstBlock';

/** A model with the graphs that threshold methods look through. */
export interface ProbeModel<T> extends ResidualModel<T> {
  /** New tensors, the caller's. @throws when the model has no such graph. */
  probe(name: ProbeName, latents: T, step: StepContext): Promise<readonly T[]>;
  /** As `full`, going on from the first block's outputs; left out, `full` runs that block a second time. */
  resume?(latents: T, step: StepContext, firstBlock: readonly T[]): Promise<{ velocity: T; residual: T }>;
}

/** The first minus the second, or the first alone. */
export type Difference<T> = readonly [T, T | null];

export interface SignalOps<T> extends TensorOps<T> {
  /** The mean absolute value of each difference; on WebGPU one readback for all of them. */
  means(differences: readonly Difference<T>[]): Promise<readonly number[]>;
}

export interface Passed<T> {
  readonly latents: T;
  readonly probe: readonly T[];
}

export interface Anchor<T> extends Passed<T> {
  readonly step: StepContext;
  readonly velocity: T;
  readonly residual: T;
}

/** All that is known at a step before it is decided. */
export interface Seen<T> extends Passed<T> {
  readonly step: StepContext;
  /** The step before, computed or not. */
  readonly previous: Passed<T>;
  /** Computed steps, newest first, at most `anchors` of the method. */
  readonly computed: readonly Anchor<T>[];
}

export interface Reading {
  /** What the rule adds up; Infinity where it cannot be known yet. */
  readonly change: number;
  /** For the payload, where it takes one. */
  readonly gamma?: number;
}

export interface Signal<T> {
  readonly probe: ProbeName | null;
  differences(seen: Seen<T>): readonly Difference<T>[];
  /** @param means of those differences. */
  read(means: readonly number[]): Reading;
}

export interface MethodWork<T> extends Seen<T> {
  readonly gamma: number | undefined;
  readonly cached: (residual: T) => Promise<T>;
  readonly ops: TensorOps<T>;
}

export interface CacheMethod<T> {
  /** How many computed steps it looks back on; at least 1. */
  readonly anchors: number;
  /** Null: nothing is measured while sampling. */
  readonly signal: Signal<T> | null;
  /** A skipped step's velocity, a new tensor. */
  velocityOf(work: MethodWork<T>): Promise<T>;
}

/** Of the steps before the one to decide; `changes` holds also that step's own. */
export interface RulePast {
  readonly decisions: readonly StepDecision[];
  readonly changes: readonly number[];
  readonly stepCount: number;
}

export type Rule = (past: RulePast) => StepDecision;

/** Decided before the run. */
export const maskRule = (computedSteps: readonly number[]): Rule => {
  const computed = new Set(computedSteps);
  return ({ decisions }) => (computed.has(decisions.length) ? 'compute' : 'reuse');
};

export interface ThresholdSettings {
  /** Compute when the changes since the last computed step add up to this. */
  readonly threshold: number;
  /** The first steps that are always computed; at least 1. */
  readonly forcedFirst: number;
  readonly forceLast: boolean;
}

/** TeaCache's, EasyCache's and DiCache's rule alike: accumulate, compare, start again from 0. */
export const thresholdRule =
  ({ threshold, forcedFirst, forceLast }: ThresholdSettings): Rule =>
  ({ decisions, changes, stepCount }) => {
    const step = decisions.length;
    if (step < Math.max(1, forcedFirst) || (forceLast && step === stepCount - 1)) return 'compute';
    const since = changes.slice(decisions.lastIndexOf('compute') + 1, step + 1);
    return since.reduce((sum, change) => sum + change, 0) >= threshold ? 'compute' : 'reuse';
  };
