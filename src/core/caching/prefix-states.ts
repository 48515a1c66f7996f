/**
 * Cached runs that share their beginnings: masks that agree on the first k steps are in the same state after them,
 * so those steps are taken once. For states that are never written to once made.
 */
import type { StepContext } from '../denoiser.ts';

export interface PrefixStates<S> {
  /** The state after the last step under the mask: its computed steps, in order. */
  finalState(computedSteps: readonly number[]): Promise<S>;
}

/**
 * @param advance takes one step from a state, computed or skipped, into a new one.
 * @param keptStates beyond these the state not used for longest is forgotten.
 */
export function createPrefixStates<S>(
  start: S,
  sigmas: readonly number[],
  advance: (before: S, step: StepContext, compute: boolean) => Promise<S>,
  keptStates: number,
): PrefixStates<S> {
  /** By the decisions so far, the least recently used first. */
  const states = new Map<string, S>();

  const recall = (key: string): S | undefined => {
    const state = states.get(key);
    if (state !== undefined) {
      states.delete(key);
      states.set(key, state);
    }
    return state;
  };
  const remember = (key: string, state: S): void => {
    states.set(key, state);
    const oldest = states.size > keptStates ? states.keys().next().value : undefined;
    if (oldest !== undefined) states.delete(oldest);
  };

  const finalState = async (computedSteps: readonly number[]): Promise<S> => {
    const computed = new Set(computedSteps);
    if (!computed.has(0)) throw new RangeError('Step 0 must be computed.');
    let state = start;
    let key = '';
    for (const [stepIndex, sigma] of sigmas.slice(0, -1).entries()) {
      const compute = computed.has(stepIndex);
      key += compute ? 'C' : 'R';
      const known = recall(key);
      state = known ?? (await advance(state, { stepIndex, sigma, sigmaNext: sigmas[stepIndex + 1] ?? Number.NaN }, compute));
      if (known === undefined) remember(key, state);
    }
    return state;
  };
  return { finalState };
}
