/** How a skipped step's residual is formed from those of computed steps. */
import type { StepContext } from '../denoiser.ts';
import type { PayloadKind } from '../policy.ts';
import type { TensorOps } from '../tensor-ops.ts';
import { reusePayload } from './payload-reuse.ts';

/** A computed step and the residual kept from it. */
export interface Anchor<T> {
  readonly step: StepContext;
  readonly residual: T;
}

export interface FormedResidual<T> {
  readonly residual: T;
  /** True when it is a new tensor that the caller releases after use; false when it is an anchor's own. */
  readonly owned: boolean;
}

export interface Payload {
  /** How many of the latest computed steps it looks at; older ones are released. */
  readonly anchorCount: number;
  /** @param anchors the latest computed steps, newest first; at least one, at most `anchorCount`. */
  form<T>(anchors: readonly Anchor<T>[], step: StepContext, ops: TensorOps<T>): FormedResidual<T>;
}

const PAYLOADS: Readonly<Record<PayloadKind, Payload>> = { reuse: reusePayload };

export const payloadOf = (kind: PayloadKind): Payload => PAYLOADS[kind];
