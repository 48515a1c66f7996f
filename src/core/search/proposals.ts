/** How annealing gets from one mask to the next; the number of computed steps and the prefix stay. */
import type { Random } from '../rng/seeded-random.ts';
import type { Mask, MaskSpace } from './mask.ts';
import { movableSteps, pick, reusedSteps, withMove } from './mask.ts';

export interface ProposalSettings {
  /** Probability of moving two computed steps instead of one. */
  readonly doubleMoveProbability: number;
  /** Probability that a move goes to a reused step within `nearDistance`, if there is one. */
  readonly nearMoveProbability: number;
  readonly nearDistance: number;
}

/** The mask with one or two computed steps moved; the mask itself where nothing can move. */
export function proposeMask(mask: Mask, space: MaskSpace, settings: ProposalSettings, random: Random): Mask {
  const wantsTwo = random.uniform() < settings.doubleMoveProbability;
  const first = chooseMove(movableSteps(mask, space), reusedSteps(mask, space), settings, random);
  if (first === null) return mask;
  const moved = withMove(mask, first.from, first.to);
  if (!wantsTwo) return moved;
  // Another step to another place, so that the second move never undoes the first.
  const sources = movableSteps(mask, space).filter((step) => step !== first.from);
  const targets = reusedSteps(mask, space).filter((step) => step !== first.to);
  const second = chooseMove(sources, targets, settings, random);
  return second === null ? moved : withMove(moved, second.from, second.to);
}

function chooseMove(sources: readonly number[], targets: readonly number[], settings: ProposalSettings, random: Random) {
  if (sources.length === 0 || targets.length === 0) return null;
  const from = pick(sources, random);
  const near = targets.filter((step) => Math.abs(step - from) <= settings.nearDistance);
  const wantsNear = random.uniform() < settings.nearMoveProbability;
  return { from, to: pick(wantsNear && near.length > 0 ? near : targets, random) };
}
