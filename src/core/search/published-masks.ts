/** Masks that others found for FLUX.1-dev at 1024²: shapes to begin a search from. */
import { fluxSigmas } from '../sampling/sigmas.ts';
import type { Mask, MaskSpace } from './mask.ts';
import { distinctMasks, mapMask } from './warm-starts.ts';

/** Image tokens of 1024². */
const FLUX_TOKENS = 4096;

export interface PublishedMask {
  readonly name: string;
  readonly stepCount: number;
  readonly computedSteps: Mask;
}

/**
 * BudCache's, MeanCache's and DPCache's of 50 steps and the best of all for plain reuse: from the study
 * github.com/nanguoyu/Golden-Path-Hypothesis. Static presets of 28 steps: from github.com/vipshop/cache-dit.
 */
export const PUBLISHED_MASKS: readonly PublishedMask[] = [
  { name: 'BudCache, NFE 9', stepCount: 50, computedSteps: [0, 1, 2, 4, 7, 13, 20, 39, 49] },
  { name: 'BudCache, NFE 13', stepCount: 50, computedSteps: [0, 1, 2, 3, 4, 6, 11, 15, 21, 29, 39, 45, 49] },
  { name: 'BudCache, NFE 21', stepCount: 50, computedSteps: [0, 1, 2, 3, 5, 6, 7, 11, 13, 14, 16, 17, 20, 23, 28, 32, 37, 41, 44, 46, 49] },
  { name: 'best of all, NFE 9', stepCount: 50, computedSteps: [0, 1, 2, 4, 6, 11, 24, 41, 49] },
  { name: 'MeanCache, NFE 9', stepCount: 50, computedSteps: [0, 1, 2, 3, 4, 9, 19, 34, 49] },
  { name: 'MeanCache, NFE 13', stepCount: 50, computedSteps: [0, 1, 2, 3, 4, 6, 9, 13, 18, 25, 34, 43, 49] },
  { name: 'DPCache, NFE 9', stepCount: 50, computedSteps: [0, 1, 2, 5, 11, 20, 29, 40, 49] },
  { name: 'DPCache, NFE 13', stepCount: 50, computedSteps: [0, 1, 2, 4, 7, 12, 19, 24, 30, 36, 41, 45, 49] },
  { name: 'cache-dit fast', stepCount: 28, computedSteps: [0, 1, 2, 3, 4, 5, 7, 11, 16, 22, 27] },
  { name: 'cache-dit ultra', stepCount: 28, computedSteps: [0, 1, 2, 3, 6, 12, 19, 27] },
];

/** A published mask at the noise levels and the budget of a search. */
export const mapPublished = ({ stepCount, computedSteps }: PublishedMask, sigmas: readonly number[], nfe: number): Mask =>
  mapMask({ sigmas: fluxSigmas(stepCount, FLUX_TOKENS), computedSteps }, sigmas, nfe);

/** All of them, each once. */
export const publishedStarts = (space: MaskSpace, sigmas: readonly number[]): Mask[] =>
  distinctMasks(PUBLISHED_MASKS.map((mask) => mapPublished(mask, sigmas, space.nfe)), space);
