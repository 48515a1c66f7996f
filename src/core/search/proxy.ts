/**
 * A mask's open-loop error without running it: the teacher's states with the errors of all its reuses added up, each
 * with its sign (method after LeMiCa's and DPCache's offline costs, arXiv 2511.00090 and 2602.22654, which add norms).
 * |Σ w[k]·E[k,a(k)]|² is a sum of entries of one Gram matrix.
 */
import { gramIndex } from './gram.ts';
import type { Mask } from './mask.ts';
import { errorCount, errorIndex } from './reuse-errors.ts';

/** One Gram matrix of reuse errors for each pair of prompt and noise. */
export interface ProxyData {
  readonly stepCount: number;
  /** Packed as in gram.ts, indexed as in reuse-errors.ts. */
  readonly grams: readonly Float64Array[];
}

export interface Proxy {
  readonly stepCount: number;
  /** With the steps' weights multiplied in. */
  readonly grams: readonly Float64Array[];
  /** Mean over the pairs of the natural logarithm of the squared length; the smaller the better. */
  score(mask: Mask): number;
}

/** Below every squared error that float32 latents can show; keeps the logarithm finite where nothing is skipped. */
const SMALLEST = 1e-20;

export const proxyScore = (squares: ArrayLike<number>): number => {
  let sum = 0;
  for (let pair = 0; pair < squares.length; pair++) sum += Math.log(Math.max(SMALLEST, squares[pair] ?? Number.NaN));
  return sum / squares.length;
};

/** @param weights one for each step, e.g. from proxy-weights.ts; all 1 where left out. */
export function createProxy({ stepCount, grams }: ProxyData, weights: readonly number[] = Array.from({ length: stepCount }, () => 1)): Proxy {
  if (weights.length !== stepCount) throw new RangeError(`${stepCount} steps need as many weights, not ${weights.length}.`);
  if (grams.length === 0 || grams.some(({ length }) => length !== gramIndex(errorCount(stepCount), 0))) {
    throw new RangeError(`The Gram matrices do not belong to ${stepCount} steps.`);
  }
  const weighted = grams.map((gram) => weightedGram(gram, stepCount, weights));
  const score = (mask: Mask): number => {
    const errors = errorsOf(mask, stepCount);
    return proxyScore(weighted.map((gram) => squareOf(errors, gram)));
  };
  return { stepCount, grams: weighted, score };
}

/** The errors a mask makes, one for each skipped step, in order. */
export function errorsOf(mask: Mask, stepCount: number): number[] {
  const errors: number[] = [];
  let place = 0;
  for (let step = 0; step < stepCount; step++) {
    if (mask[place] === step) place += 1;
    else errors.push(errorIndex(step, mask[place - 1] ?? Number.NaN));
  }
  return errors;
}

/** The squared length of the sum of the errors. */
export function squareOf(errors: readonly number[], gram: Float64Array): number {
  let square = 0;
  for (let i = 0; i < errors.length; i++) {
    const row = errors[i] ?? 0;
    const start = (row * (row + 1)) / 2;
    let cross = 0;
    // Errors rise, so every earlier one lies in this row.
    for (let j = 0; j < i; j++) cross += gram[start + (errors[j] ?? 0)] ?? Number.NaN;
    square += 2 * cross + (gram[start + row] ?? Number.NaN);
  }
  return square;
}

function weightedGram(gram: Float64Array, stepCount: number, weights: readonly number[]): Float64Array {
  const weightOf: number[] = [];
  for (let step = 1; step < stepCount; step++) weightOf.push(...Array.from({ length: step }, () => weights[step] ?? Number.NaN));
  const scaled = new Float64Array(gram.length);
  let place = 0;
  for (let row = 0; row < weightOf.length; row++) {
    for (let column = 0; column <= row; column++, place++) {
      scaled[place] = (gram[place] ?? Number.NaN) * (weightOf[row] ?? 0) * (weightOf[column] ?? 0);
    }
  }
  return scaled;
}
