/** Searches of one budget with several seeds, and the one to keep. */
import type { Objective } from '../src/core/search/objective.ts';
import type { SearchResult } from '../src/core/search/reference-recipe.ts';
import { searchMask } from '../src/core/search/reference-recipe.ts';

export interface SeedSearch {
  readonly seed: number;
  readonly result: SearchResult;
  readonly seconds: number;
}

/** @param makeObjective a new one for each seed, so that no search profits from another's runs. */
export async function searchSeeds(
  makeObjective: () => Promise<Objective>,
  budget: { readonly stepCount: number; readonly nfe: number },
  seeds: readonly number[],
  onResult: (search: SeedSearch) => void,
): Promise<SeedSearch[]> {
  const searches: SeedSearch[] = [];
  for (const seed of seeds) {
    const startedMs = performance.now();
    const result = await searchMask({ ...budget, objective: await makeObjective(), seed });
    const search = { seed, result, seconds: (performance.now() - startedMs) / 1000 };
    onResult(search);
    searches.push(search);
  }
  return searches;
}

/** The search of median objective; of an even number, the better of the two in the middle. */
export function medianSearch(searches: readonly SeedSearch[]): SeedSearch {
  const ordered = searches.toSorted((a, b) => a.result.value - b.result.value);
  const median = ordered[Math.floor((ordered.length - 1) / 2)];
  if (median === undefined) throw new RangeError('There is no search to choose from.');
  return median;
}
