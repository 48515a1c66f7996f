/** Steepest descent: look at a round of neighbours, go to the best, stop when none is better. */
import type { Cancel } from '../denoiser.ts';
import type { Random } from '../rng/seeded-random.ts';
import type { Mask, MaskSpace } from './mask.ts';
import { movableSteps, pick, reusedSteps, withMove } from './mask.ts';
import type { CountedObjective, ScoredMask } from './objective.ts';

export type Neighbourhood =
  | {
      /** Every move of one computed step by at most `distance`, and random farther moves of each. */
      readonly kind: 'near-and-far';
      readonly distance: number;
      readonly farMovesPerStep: number;
    }
  | {
      /** Random moves of one computed step, anywhere. */
      readonly kind: 'sampled';
      readonly count: number;
    };

export interface ClimbSettings {
  readonly maxRounds: number;
  readonly neighbourhood: Neighbourhood;
}

export interface ClimbHooks {
  readonly cancel?: Cancel | undefined;
  /** After each round, counted from 1. */
  readonly onRound?: ((round: number, current: ScoredMask) => void) | undefined;
}

export interface ClimbResult extends ScoredMask {
  /** True when the last round found nothing better; false when the rounds ran out. */
  readonly converged: boolean;
}

export async function hillClimb(
  start: ScoredMask,
  space: MaskSpace,
  objective: CountedObjective,
  settings: ClimbSettings,
  random: Random,
  hooks: ClimbHooks = {},
): Promise<ClimbResult> {
  let current = start;
  for (let round = 1; round <= settings.maxRounds; round++) {
    let best = current;
    for (const neighbour of neighbours(current.mask, space, settings.neighbourhood, random)) {
      hooks.cancel?.throwIfAborted();
      const scored = await objective.evaluate(neighbour);
      if (scored.value < best.value) best = scored;
    }
    const stuck = best === current;
    current = best;
    hooks.onRound?.(round, current);
    if (stuck) return { ...current, converged: true };
  }
  return { ...current, converged: false };
}

/** The masks one round looks at; none may occur twice for the cost, the objective's memory sees to that. */
export function neighbours(mask: Mask, space: MaskSpace, neighbourhood: Neighbourhood, random: Random): Mask[] {
  const targets = reusedSteps(mask, space);
  const sources = movableSteps(mask, space);
  if (sources.length === 0 || targets.length === 0) return [];
  if (neighbourhood.kind === 'sampled') {
    return Array.from({ length: neighbourhood.count }, () => withMove(mask, pick(sources, random), pick(targets, random)));
  }
  return sources.flatMap((from) => {
    const near = targets.filter((to) => Math.abs(to - from) <= neighbourhood.distance);
    const far = targets.filter((to) => Math.abs(to - from) > neighbourhood.distance);
    const chosenFar = far.length === 0 ? [] : Array.from({ length: neighbourhood.farMovesPerStep }, () => pick(far, random));
    return [...near, ...chosenFar].map((to) => withMove(mask, from, to));
  });
}
