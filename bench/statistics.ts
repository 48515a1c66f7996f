/** The few statistics that the experiments state. */
import { seededRandom } from '../src/core/rng/seeded-random.ts';

export const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of an even number, the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b);
  const middle = ordered.length >> 1;
  const upper = ordered[middle] ?? Number.NaN;
  return ordered.length % 2 === 1 ? upper : ((ordered[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Spearman's rank correlation; equal values share their mean rank. */
export function spearman(left: readonly number[], right: readonly number[]): number {
  const [a, b] = [ranksOf(left), ranksOf(right)];
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [both, onlyA, onlyB] = [0, 0, 0];
  for (const [index, rank] of a.entries()) {
    const [x, y] = [rank - meanA, (b[index] ?? Number.NaN) - meanB];
    both += x * y;
    onlyA += x * x;
    onlyB += y * y;
  }
  return both / Math.sqrt(onlyA * onlyB);
}

function ranksOf(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal - 1) / 2;
  });
}

export interface MeanInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Mean with its 95 % percentile-bootstrap interval; seeded, so that it repeats itself. */
export function bootstrapMean(values: readonly number[], draws = 2000): MeanInterval {
  const random = seededRandom(1);
  const means = Array.from({ length: draws }, () => meanOf(values.map(() => values[random.integer(values.length)] ?? Number.NaN)));
  const ordered = means.toSorted((a, b) => a - b);
  const at = (share: number): number => ordered[Math.round(share * (draws - 1))] ?? Number.NaN;
  return { mean: meanOf(values), low: at(0.025), high: at(0.975) };
}
