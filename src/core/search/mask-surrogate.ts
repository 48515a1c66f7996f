/**
 * What the real runs so far say of masks that were not run: a Gaussian process over masks, as in Bayesian optimisation
 * (Snoek et al., arXiv 1206.2944). Its mean is a line through the proxy's score; two masks are the more alike the
 * nearer their computed steps lie: exp(−Σ|m[i] − m'[i]|/length), the distance that earth must be moved.
 */
import { choleskyFactor, solveFactored, solveLower } from '../cholesky.ts';
import type { Mask } from './mask.ts';
import { mean } from './staged-objective.ts';

export interface MaskObservation {
  readonly mask: Mask;
  /** The proxy's score; any constant without a proxy. */
  readonly score: number;
  /** Mean log loss. */
  readonly value: number;
  /** Of the value, where not all pairs were run; else 0. */
  readonly variance: number;
}

export interface MaskSurrogate {
  /** Mean log loss to be expected, and its standard deviation. */
  predict(mask: Mask, score: number): { readonly value: number; readonly deviation: number };
}

/** In steps moved; the likeliest is taken. */
const LENGTHS = [4, 8, 16, 32];
/** What no mask of the neighbourhood tells, as a share of the process's variance. */
const NUGGET = 0.01;
/** The proxy's slope is 1 unless the runs say otherwise: its prior deviation. */
const SLOPE_DEVIATION = 0.3;
const SMALLEST_VARIANCE = 1e-6;

/** @throws RangeError without observations or with masks of different lengths. */
export function fitMaskSurrogate(observations: readonly MaskObservation[]): MaskSurrogate {
  const nfe = observations[0]?.mask.length ?? Number.NaN;
  if (!observations.every(({ mask }) => mask.length === nfe) || observations.length === 0) throw new RangeError('A surrogate needs masks of one budget.');
  const residuals = observations.map(({ value, score }) => value - score);
  const centre = mean(residuals);
  const spread = Math.max(SMALLEST_VARIANCE, mean(residuals.map((value) => (value - centre) ** 2)));
  const fits = LENGTHS.map((length) => fitWithLength(observations, length, spread));
  return fits.reduce((best, fit) => (fit.logLikelihood > best.logLikelihood ? fit : best));
}

function fitWithLength(observations: readonly MaskObservation[], length: number, spread: number): MaskSurrogate & { readonly logLikelihood: number } {
  const size = observations.length;
  const kernel = new Float64Array(size * size);
  for (const [row, { mask, variance }] of observations.entries()) {
    for (let column = 0; column <= row; column++) {
      const likeness = alike(mask, observations[column]?.mask ?? [], length);
      kernel[row * size + column] = likeness;
      kernel[column * size + row] = likeness;
    }
    kernel[row * size + row] = 1 + NUGGET + variance / spread;
  }
  const factor = choleskyFactor(kernel, size);
  const values = observations.map(({ value }) => value);
  const scores = observations.map(({ score }) => score);
  const line = fitLine(factor, scores, values, spread);
  const residuals = values.map((value, index) => value - line.offset - line.slope * (scores[index] ?? 0));
  const weights = solveFactored(factor, residuals);
  const variance = Math.max(SMALLEST_VARIANCE, dot(residuals, weights) / size);
  let logDeterminant = 0;
  for (let row = 0; row < size; row++) logDeterminant += 2 * Math.log(factor[row * size + row] ?? Number.NaN);
  return {
    logLikelihood: -(size * Math.log(variance) + logDeterminant) / 2,
    predict: (mask, score) => {
      const likenesses = observations.map((observation) => alike(mask, observation.mask, length));
      const explained = solveLower(factor, likenesses);
      return {
        value: line.offset + line.slope * score + dot(likenesses, weights),
        deviation: Math.sqrt(variance * Math.max(0, 1 - dot(explained, explained))),
      };
    },
  };
}

/** Generalised least squares with the slope held near 1. */
function fitLine(factor: Float64Array, scores: readonly number[], values: readonly number[], spread: number): { readonly offset: number; readonly slope: number } {
  const ones = solveFactored(factor, scores.map(() => 1));
  const slopes = solveFactored(factor, scores);
  const precision = spread / SLOPE_DEVIATION ** 2;
  const [a, b, c] = [ones.reduce((sum, value) => sum + value, 0), dot(ones, scores), dot(slopes, scores) + precision];
  const [first, second] = [dot(ones, values), dot(slopes, values) + precision];
  const determinant = a * c - b * b;
  return { offset: (c * first - b * second) / determinant, slope: (a * second - b * first) / determinant };
}

function alike(mask: Mask, other: Mask, length: number): number {
  let distance = 0;
  for (let index = 0; index < mask.length; index++) distance += Math.abs((mask[index] ?? Number.NaN) - (other[index] ?? Number.NaN));
  return Math.exp(-distance / length);
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] ?? Number.NaN) * (b[index] ?? Number.NaN);
  return sum;
}
