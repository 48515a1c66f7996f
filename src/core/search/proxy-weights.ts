/** How much an error made at a step counts at the end: weights for the proxy's steps. */
import { dot } from '../caching/fit-weights.ts';
import { emptyEquations, solveRidge } from '../caching/ridge.ts';
import { gramIndex } from './gram.ts';
import type { Mask } from './mask.ts';
import { errorsOf } from './proxy.ts';

/** Each step's σ: an early error grows more. Measured on no model. */
export const sigmaWeights = (sigmas: readonly number[]): number[] => sigmas.slice(0, -1);

/** A real cached run of one pair. */
export interface Probe {
  readonly mask: Mask;
  readonly pairIndex: number;
  /** Its final latents minus the full run's. */
  readonly finalError: Float32Array;
}

/** One pair's reuse errors, as vectors and as Gram matrix. */
export interface PairErrors {
  readonly errors: readonly Float32Array[];
  readonly gram: Float64Array;
}

/**
 * The measured growth of each step's error: the weights with which the errors of all probes' reuses add up best to
 * the probes' final errors. Least squares, each probe counting by its relative error.
 * @param prior what is returned where the probes say nothing, e.g. `sigmaWeights`.
 * @param ridge pull towards the prior.
 */
export function growthWeights(probes: readonly Probe[], pairs: readonly PairErrors[], prior: readonly number[], ridge: number): number[] {
  const stepCount = prior.length;
  const { matrix, right } = emptyEquations(stepCount);
  for (const { mask, pairIndex, finalError } of probes) {
    const pair = pairs[pairIndex];
    if (pair === undefined) throw new RangeError(`There are no reuse errors of pair ${pairIndex}.`);
    const size = dot(finalError, finalError);
    if (size === 0) continue;
    const made = errorsOf(mask, stepCount).map((error) => ({ error, step: stepOf(error) }));
    for (const { error, step } of made) {
      right[step] = (right[step] ?? 0) + dot(finalError, pair.errors[error] ?? []) / size;
      for (const other of made) {
        const place = step * stepCount + other.step;
        matrix[place] = (matrix[place] ?? 0) + (pair.gram[gramIndex(error, other.error)] ?? Number.NaN) / size;
      }
    }
  }
  return Array.from(solveRidge({ size: stepCount, matrix, right }, prior, ridge));
}

/** Powers of σ by which errors may count: not at all, by its root, by itself, by its square. */
const SIGMA_POWERS = [0, 0.5, 1, 2];

/**
 * The power of σ, with its scale, that explains the probes best: a prior for `growthWeights` that presumes nothing
 * about the model.
 */
export function sigmaPowerPrior(probes: readonly Probe[], pairs: readonly PairErrors[], sigmas: readonly number[]): number[] {
  let [best, bestGain]: [number[], number] = [sigmaWeights(sigmas).map(() => 1), 0];
  for (const power of SIGMA_POWERS) {
    const weights = sigmaWeights(sigmas).map((sigma) => sigma ** power);
    let [alike, square] = [0, 0];
    for (const { mask, pairIndex, finalError } of probes) {
      const pair = pairs[pairIndex];
      if (pair === undefined) throw new RangeError(`There are no reuse errors of pair ${pairIndex}.`);
      const size = dot(finalError, finalError);
      if (size === 0) continue;
      const made = errorsOf(mask, weights.length).map((error) => ({ error, weight: weights[stepOf(error)] ?? Number.NaN }));
      for (const { error, weight } of made) {
        alike += (weight * dot(finalError, pair.errors[error] ?? [])) / size;
        for (const other of made) square += (weight * other.weight * (pair.gram[gramIndex(error, other.error)] ?? Number.NaN)) / size;
      }
    }
    // What the scaled sum takes off the probes' squared errors.
    const gain = (alike * Math.max(0, alike)) / square;
    if (gain > bestGain) [best, bestGain] = [weights.map((weight) => (weight * alike) / square), gain];
  }
  return best;
}

/** The skipped step of an error's index. */
const stepOf = (error: number): number => Math.floor((1 + Math.sqrt(1 + 8 * error)) / 2);
