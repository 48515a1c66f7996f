/** Objectives whose optimum is known. For tests of searches. */
import { seededRandom } from '../rng/seeded-random.ts';
import type { Mask } from '../search/mask.ts';
import type { Objective } from '../search/objective.ts';

/** Smooth and with one optimum: squared distances to the wanted steps, place by place; 0 at `wanted` alone. */
export const distanceTo =
  (wanted: Mask, scale = 0.01): Objective =>
  async (mask) =>
    scale * mask.reduce((sum, step, place) => sum + (step - (wanted[place] ?? Number.NaN)) ** 2, 0);

/** Rugged: a random price for each step and for each pair of steps. */
export function randomPrices(stepCount: number, seed: number): Objective {
  const random = seededRandom(seed);
  const prices = Array.from({ length: stepCount * stepCount }, () => 0.01 * random.uniform());
  return async (mask) => mask.reduce((sum, a) => mask.reduce((inner, b) => inner + (prices[a * stepCount + b] ?? Number.NaN), sum), 0);
}
