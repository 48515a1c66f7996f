/** Simulated annealing with Metropolis' acceptance and a geometric temperature. */
import type { Cancel } from '../denoiser.ts';
import type { Random } from '../rng/seeded-random.ts';
import type { MaskSpace } from './mask.ts';
import type { CountedObjective, ScoredMask } from './objective.ts';
import type { ProposalSettings } from './proposals.ts';
import { proposeMask } from './proposals.ts';

export interface AnnealSettings extends ProposalSettings {
  readonly iterations: number;
  /** In units of the objective. */
  readonly maxTemperature: number;
  readonly minTemperature: number;
}

export interface AnnealHooks {
  readonly cancel?: Cancel | undefined;
  /** After each iteration, counted from 1. */
  readonly onIteration?: ((iteration: number, current: ScoredMask) => void) | undefined;
}

/** T_max·(T_min/T_max)^(iteration/iterations). */
export const temperatureAt = (iteration: number, settings: AnnealSettings): number =>
  settings.maxTemperature * (settings.minTemperature / settings.maxTemperature) ** (iteration / settings.iterations);

/** Walks from `start` and returns where it ends: not the best mask seen, which the objective remembers. */
export async function anneal(
  start: ScoredMask,
  space: MaskSpace,
  objective: CountedObjective,
  settings: AnnealSettings,
  random: Random,
  hooks: AnnealHooks = {},
): Promise<ScoredMask> {
  let current = start;
  for (let iteration = 0; iteration < settings.iterations; iteration++) {
    hooks.cancel?.throwIfAborted();
    const proposed = await objective.evaluate(proposeMask(current.mask, space, settings, random));
    const worse = proposed.value - current.value;
    if (worse <= 0 || random.uniform() < Math.exp(-worse / temperatureAt(iteration, settings))) current = proposed;
    hooks.onIteration?.(iteration + 1, current);
  }
  return current;
}
