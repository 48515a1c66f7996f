/** BudCache (arXiv 2606.13496), stage 1: random start, annealing, hill climbing. Unlike the official code, seeded. */
import type { Cancel } from '../denoiser.ts';
import { seededRandom } from '../rng/seeded-random.ts';
import type { AnnealSettings } from './anneal.ts';
import { anneal } from './anneal.ts';
import type { ClimbSettings } from './hill-climb.ts';
import { hillClimb } from './hill-climb.ts';
import type { MaskSpace } from './mask.ts';
import type { Objective, ScoredMask } from './objective.ts';
import { memoise } from './objective.ts';
import { randomMask } from './random-mask.ts';

export interface RecipeSettings {
  /** The first max(1, ⌊prefixShare·NFE⌋) steps are always computed. */
  readonly prefixShare: number;
  readonly annealing: AnnealSettings;
  readonly climbing: ClimbSettings;
  /** Where climbing starts: where annealing ended, or the best mask it saw. */
  readonly climbFrom: 'current' | 'best';
  /** Whole searches from new random starts, one after another; the paper has one. */
  readonly starts: number;
}

/** As released for FLUX: 28 steps, NFE 10. Temperatures suit latents in units of their data's standard deviation. */
export const FLUX_RECIPE: RecipeSettings = {
  prefixShare: 0.25,
  annealing: {
    iterations: 200,
    maxTemperature: 0.05,
    minTemperature: 1e-5,
    doubleMoveProbability: 0.1,
    nearMoveProbability: 0.7,
    nearDistance: 3,
  },
  climbing: { maxRounds: 20, neighbourhood: { kind: 'near-and-far', distance: 3, farMovesPerStep: 2 } },
  climbFrom: 'current',
  starts: 1,
};

/** As released for Wan2.1-1.3B: 50 steps, NFE 20. */
export const WAN_RECIPE: RecipeSettings = {
  prefixShare: 0.3,
  annealing: {
    iterations: 200,
    maxTemperature: 0.1,
    minTemperature: 1e-4,
    doubleMoveProbability: 0,
    nearMoveProbability: 0,
    nearDistance: 0,
  },
  climbing: { maxRounds: 5, neighbourhood: { kind: 'sampled', count: 20 } },
  climbFrom: 'best',
  starts: 1,
};

export interface SearchProgress {
  readonly phase: 'start' | 'anneal' | 'climb';
  /** Counted from 1. */
  readonly start: number;
  /** The iteration or round just done, counted from 1; 0 for the random start itself. */
  readonly round: number;
  readonly evaluations: number;
  readonly current: ScoredMask;
  readonly best: ScoredMask;
}

export interface SearchRequest {
  readonly stepCount: number;
  readonly nfe: number;
  readonly objective: Objective;
  /** Unsigned 32-bit; one seed gives one result. */
  readonly seed: number;
  readonly settings?: RecipeSettings;
  readonly cancel?: Cancel;
  readonly onProgress?: (progress: SearchProgress) => void;
}

export interface SearchResult extends ScoredMask {
  /** Different masks evaluated. */
  readonly evaluations: number;
  /** What the last climb ended with, and whether it found no better neighbour. */
  readonly climbed: ScoredMask;
  readonly converged: boolean;
}

/** The forced computed prefix of a budget. */
export const prefixOf = (nfe: number, settings: RecipeSettings): number => Math.max(1, Math.floor(settings.prefixShare * nfe));

/** The best mask seen anywhere in annealing or hill climbing. @throws what `cancel` or the objective throws. */
export async function searchMask(request: SearchRequest): Promise<SearchResult> {
  const { stepCount, nfe, cancel, onProgress, settings = FLUX_RECIPE } = request;
  if (!Number.isInteger(settings.starts) || settings.starts < 1) throw new RangeError(`A search needs at least one start, not ${settings.starts}.`);
  const space: MaskSpace = { stepCount, nfe, prefix: prefixOf(nfe, settings) };
  const random = seededRandom(request.seed);
  const objective = memoise(request.objective);
  const report = (phase: SearchProgress['phase'], start: number, round: number, current: ScoredMask): void => {
    onProgress?.({ phase, start, round, evaluations: objective.evaluations(), current, best: objective.best() ?? current });
  };

  const searchOnce = async (start: number) => {
    cancel?.throwIfAborted();
    const first = await objective.evaluate(randomMask(space, random));
    report('start', start, 0, first);
    const onIteration = (iteration: number, current: ScoredMask): void => report('anneal', start, iteration, current);
    const cooled = await anneal(first, space, objective, settings.annealing, random, { cancel, onIteration });
    const from = settings.climbFrom === 'best' ? (objective.best() ?? cooled) : cooled;
    const onRound = (round: number, current: ScoredMask): void => report('climb', start, round, current);
    return hillClimb(from, space, objective, settings.climbing, random, { cancel, onRound });
  };

  let climbed = await searchOnce(1);
  for (let start = 2; start <= settings.starts; start++) climbed = await searchOnce(start);
  const { mask, value } = objective.best() ?? climbed;
  return { mask, value, evaluations: objective.evaluations(), climbed, converged: climbed.converged };
}
