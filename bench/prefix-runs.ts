/**
 * Cached runs of one pair that share their beginnings: masks that agree on the first k steps have the same
 * latents and residual after them, so those steps are run once. Bit for bit what the plain sampler gives.
 */
import type { ResidualModel } from '../src/core/denoiser.ts';
import { cpuTensorOps } from '../src/core/sampling/cpu-tensor-ops.ts';
import type { Mask } from '../src/core/search/mask.ts';

/** What a run carries from step to step under the reuse payload. Never written to once made. */
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
  const stepCount = sigmas.length - 1;
  /** By the decisions so far, the least recently used first. */
  const states = new Map<string, RunState>();

  const recall = (key: string): RunState | undefined => {
    const state = states.get(key);
    if (state !== undefined) {
      states.delete(key);
      states.set(key, state);
    }
    return state;
  };
  const remember = (key: string, state: RunState): void => {
    states.set(key, state);
    const oldest = states.size > KEPT_STATES ? states.keys().next().value : undefined;
    if (oldest !== undefined) states.delete(oldest);
  };

  const advance = async (before: RunState, stepIndex: number, compute: boolean): Promise<RunState> => {
    const [sigma, sigmaNext] = [sigmas[stepIndex] ?? Number.NaN, sigmas[stepIndex + 1] ?? Number.NaN];
    const step = { stepIndex, sigma, sigmaNext };
    const { velocity, residual } = compute
      ? await model.full(before.latents, step)
      : { velocity: await model.cached(before.latents, step, before.residual), residual: before.residual };
    const latents = cpuTensorOps.weightedSum([1, Math.fround(sigmaNext - sigma)], [before.latents, velocity]);
    return { latents, residual };
  };

  const finalLatents = async (mask: Mask): Promise<Float32Array> => {
    const computed = new Set(mask);
    if (!computed.has(0)) throw new RangeError('Step 0 must be computed.');
    let state: RunState = { latents: noise, residual: new Float32Array(0) };
    let key = '';
    for (let stepIndex = 0; stepIndex < stepCount; stepIndex++) {
      const compute = computed.has(stepIndex);
      key += compute ? 'C' : 'R';
      const known = recall(key);
      state = known ?? (await advance(state, stepIndex, compute));
      if (known === undefined) remember(key, state);
    }
    return state.latents;
  };
  return { finalLatents };
}
