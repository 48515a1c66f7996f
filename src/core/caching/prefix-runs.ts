/** Cached runs of one pair under the reuse payload, shared beginnings run once. Bit for bit what the plain sampler gives. */
import type { ResidualModel, StepContext } from '../denoiser.ts';
import type { Mask } from '../search/mask.ts';
import { eulerStep } from './euler-step.ts';
import { createPrefixStates } from './prefix-states.ts';

/** What a run carries from step to step. */
interface RunState {
  readonly latents: Float32Array;
  readonly residual: Float32Array;
}

/** Enough for a round of hill climbing around one mask; about 80 kB each for 64 tokens of width 256. */
const KEPT_STATES = 1024;

export interface PrefixRuns {
  /** The final latents under the mask; computing every step gives the full run's. Not to be written to. */
  finalLatents(mask: Mask): Promise<Float32Array>;
}

export function createPrefixRuns(model: ResidualModel<Float32Array>, noise: Float32Array, sigmas: readonly number[]): PrefixRuns {
  const advance = async (before: RunState, step: StepContext, compute: boolean): Promise<RunState> => {
    const { velocity, residual } = compute
      ? await model.full(before.latents, step)
      : { velocity: await model.cached(before.latents, step, before.residual), residual: before.residual };
    return { latents: eulerStep(before.latents, velocity, step), residual };
  };
  const states = createPrefixStates<RunState>({ latents: noise, residual: new Float32Array(0) }, sigmas, advance, KEPT_STATES);
  return { finalLatents: async (mask) => (await states.finalState(mask)).latents };
}
