/** Percentile bootstrap (Efron, 1979) of a mean: how far it could have come out otherwise. */
import { seededRandom } from '../rng/seeded-random.ts';

export interface MeanInterval {
  readonly mean: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
}

export const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Seeded, so that it repeats itself. */
export function bootstrapMean(values: readonly number[], draws = 2000): MeanInterval {
  const random = seededRandom(1);
  const means = Array.from({ length: draws }, () => meanOf(values.map(() => values[random.integer(values.length)] ?? Number.NaN)));
  const ordered = means.toSorted((a, b) => a - b);
  const at = (share: number): number => ordered[Math.round(share * (draws - 1))] ?? Number.NaN;
  return { mean: meanOf(values), low: at(0.025), high: at(0.975) };
}
