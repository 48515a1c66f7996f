/** Seeds for several pictures at once. */

/** One above the largest: seeds are unsigned 32-bit numbers. */
const SEED_COUNT = 2 ** 32;

/** `first` and those after it; after the largest comes 0. */
export const seedsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => (first + index) % SEED_COUNT);

/** `seed 7`, `seeds 7 to 10`. */
export function describeSeeds(seeds: readonly number[]): string {
  const [first, last] = [seeds[0], seeds.at(-1)];
  return seeds.length === 1 ? `seed ${first}` : `seeds ${first} to ${last}`;
}
