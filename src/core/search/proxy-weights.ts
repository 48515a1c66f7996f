/** How much an error made at a step counts at the end: weights for the proxy's steps. */
import { dot } from '../caching/fit-weights.ts';
import { emptyEquations, solveRidge } from '../caching/ridge.ts';
import { gramIndex } from './gram.ts';
import type { Mask } from './mask.ts';
import { errorsOf } from './proxy.ts';

/** Each step's σ: an early error grows more. Measured on no model. */
export const sigmaWeights = (sigmas: readonly number[]): number[] => sigmas.slice(0, -1);

/** What a real cached run of one pair says of its reuses' errors. Plain data: the vectors may be forgotten. */
export interface Probe {
  readonly mask: Mask;
  readonly pairIndex: number;
  /** The squared length of its final error. */
  readonly size: number;
  /** Inner products of its final error with the error of each of its reuses, in order. */
  readonly products: readonly number[];
}

/**
 * @param finalError final latents minus the full run's.
 * @param errors the pair's reuse errors, by `errorIndex`.
 */
export function probeOf(mask: Mask, pairIndex: number, finalError: Float32Array, errors: readonly Float32Array[]): Probe {
  const stepCount = Math.round((1 + Math.sqrt(1 + 8 * errors.length)) / 2);
  const products = errorsOf(mask, stepCount).map((error) => dot(finalError, errors[error] ?? []));
  return { mask, pairIndex, size: dot(finalError, finalError), products };
}

/**
 * The measured growth of each step's error: the weights with which the errors of all probes' reuses add up best to
 * the probes' final errors. Least squares, each probe counting by its relative error.
 * @param grams of the pairs' reuse errors.
 * @param prior what is returned where the probes say nothing, e.g. `sigmaWeights`.
 * @param ridge pull towards the prior.
 */
export function growthWeights(probes: readonly Probe[], grams: readonly Float64Array[], prior: readonly number[], ridge: number): number[] {
  const stepCount = prior.length;
  const { matrix, right } = emptyEquations(stepCount);
  for (const { mask, pairIndex, size, products } of probes) {
    const gram = gramOfPair(grams, pairIndex);
    if (size === 0) continue;
    const made = errorsOf(mask, stepCount).map((error) => ({ error, step: stepOf(error) }));
    for (const [place, { error, step }] of made.entries()) {
      right[step] = (right[step] ?? 0) + (products[place] ?? Number.NaN) / size;
      for (const other of made) {
        const cell = step * stepCount + other.step;
        matrix[cell] = (matrix[cell] ?? 0) + (gram[gramIndex(error, other.error)] ?? Number.NaN) / size;
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
export function sigmaPowerPrior(probes: readonly Probe[], grams: readonly Float64Array[], sigmas: readonly number[]): number[] {
  let [best, bestGain]: [number[], number] = [sigmaWeights(sigmas).map(() => 1), 0];
  for (const power of SIGMA_POWERS) {
    const weights = sigmaWeights(sigmas).map((sigma) => sigma ** power);
    let [alike, square] = [0, 0];
    for (const { mask, pairIndex, size, products } of probes) {
      const gram = gramOfPair(grams, pairIndex);
      if (size === 0) continue;
      const made = errorsOf(mask, weights.length).map((error) => ({ error, weight: weights[stepOf(error)] ?? Number.NaN }));
      for (const [place, { error, weight }] of made.entries()) {
        alike += (weight * (products[place] ?? Number.NaN)) / size;
        for (const other of made) square += (weight * other.weight * (gram[gramIndex(error, other.error)] ?? Number.NaN)) / size;
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

function gramOfPair(grams: readonly Float64Array[], pairIndex: number): Float64Array {
  const gram = grams[pairIndex];
  if (gram === undefined) throw new RangeError(`There are no reuse errors of pair ${pairIndex}.`);
  return gram;
}
