/** How a skipped step's velocity is formed from the steps before it. */
import type { StepContext } from '../denoiser.ts';
import type { PayloadKind, StepCoefficients } from '../policy.ts';
import type { TensorOps } from '../tensor-ops.ts';
import type { History, MemoryLimits } from './memory.ts';
import { dampedTaylorPayload } from './payload-damped-taylor.ts';
import { fittedPayload } from './payload-fitted.ts';
import { meanVelocityPayload } from './payload-mean-velocity.ts';
import { multistepPayload } from './payload-multistep.ts';
import { reusePayload } from './payload-reuse.ts';
import { taylorPayload } from './payload-taylor.ts';
import { twoAnchorPayload } from './payload-two-anchor.ts';

/** A step whose velocity is to be formed, and all there is to form it from. */
export interface StepWork<T> {
  readonly latents: T;
  readonly step: StepContext;
  readonly history: History<T>;
  /** The model's cached graph on these latents at this step; the result is the caller's. */
  readonly cached: (residual: T) => Promise<T>;
  readonly ops: TensorOps<T>;
  /** The policy's. */
  readonly parameter: number | undefined;
  /** The policy's for this step. */
  readonly coefficients: StepCoefficients | undefined;
}

export interface Payload {
  /** What it looks at; the rest is not kept. */
  readonly memory: MemoryLimits;
  /** The velocity of a skipped step: a new tensor, the caller's. */
  velocityOf<T>(work: StepWork<T>): Promise<T>;
  /** Given by payloads that also correct computed steps: the velocity to use instead, a new tensor. */
  readonly correct?: <T>(velocity: T, work: StepWork<T>) => T;
}

const PAYLOADS: Readonly<Record<PayloadKind, Payload>> = {
  reuse: reusePayload,
  taylor: taylorPayload,
  'damped-taylor': dampedTaylorPayload,
  'two-anchor': twoAnchorPayload,
  'mean-velocity': meanVelocityPayload,
  fitted: fittedPayload,
  multistep: multistepPayload,
};

export const payloadOf = (kind: PayloadKind): Payload => PAYLOADS[kind];
