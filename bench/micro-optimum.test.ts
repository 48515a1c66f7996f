/**
 * The paper's recipe against the truth: on the micro bundle, 16 steps, NFE 8, all 6435 masks that compute step 0
 * are run. The recipe as released forces ⌊8/4⌋ = 2 steps at the start, which leaves it 3003 of them, and the best
 * of all may not be one of those; so it is judged twice: as released, against the best it may reach; and without
 * the forced prefix and with four random starts, against the best of all (one start alone finds that in about 4 of 5).
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countMasks, enumerateMasks } from '../src/core/search/exhaustive.ts';
import type { Mask } from '../src/core/search/mask.ts';
import { maskKey } from '../src/core/search/mask.ts';
import type { ScoredMask } from '../src/core/search/objective.ts';
import type { RecipeSettings } from '../src/core/search/reference-recipe.ts';
import { FLUX_RECIPE, prefixOf, searchMask } from '../src/core/search/reference-recipe.ts';
import { fluxSigmas } from '../src/core/sampling/sigmas.ts';
import type { NodeBundle } from './node-runtime.ts';
import { openNodeBundle } from './node-runtime.ts';
import { latentMseObjective, preparePairs } from './pair-runs.ts';

const budget = { stepCount: 16, nfe: 8 };
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
const PAIR = { prompt: 'a large shiny red cube on a wooden floor under a blue sky', seed: 1001 };
const everyMask: ScoredMask[] = [];
const values = new Map<string, number>();
let bundle: NodeBundle;

beforeAll(async () => {
  bundle = await openNodeBundle(fileURLToPath(new URL('../public/models/micro', import.meta.url)));
  const sigmas = fluxSigmas(budget.stepCount, bundle.manifest.latent.tokens, bundle.manifest.scheduler.shift);
  const objective = latentMseObjective(await preparePairs(bundle, [PAIR], sigmas));
  for (const mask of enumerateMasks({ ...budget, prefix: 1 })) {
    const value = await objective(mask);
    everyMask.push({ mask, value });
    values.set(maskKey(mask), value);
  }
}, 300_000);

afterAll(async () => {
  await bundle.close();
});

/** The smallest value among the masks that compute the first `prefix` steps. */
const bestWithPrefix = (prefix: number): number =>
  Math.min(...everyMask.filter(({ mask }) => mask[prefix - 1] === prefix - 1).map(({ value }) => value));

async function searchAllSeeds(settings: RecipeSettings) {
  const objective = async (mask: Mask): Promise<number> => values.get(maskKey(mask)) ?? Number.NaN;
  const searches = await Promise.all(SEEDS.map((seed) => searchMask({ ...budget, objective, seed, settings })));
  const optimum = bestWithPrefix(prefixOf(budget.nfe, settings));
  return {
    found: searches.filter(({ value }) => value === optimum).length,
    mostEvaluations: Math.max(...searches.map(({ evaluations }) => evaluations)),
  };
}

describe('the micro bundle', () => {
  it('gives a landscape to search: the median mask is more than twice as bad as the best', () => {
    const ordered = everyMask.map(({ value }) => value).toSorted((a, b) => a - b);
    expect(ordered).toHaveLength(6435);
    expect(ordered[ordered.length >> 1]).toBeGreaterThan(2 * (ordered[0] ?? Infinity));
  });
});

describe('the paper’s recipe on the micro bundle', () => {
  it('as released, finds the best mask with its prefix in 19 of 20 seeds, running at most a quarter of them', async () => {
    const { found, mostEvaluations } = await searchAllSeeds(FLUX_RECIPE);
    expect(found).toBeGreaterThanOrEqual(19);
    expect(mostEvaluations).toBeLessThanOrEqual(countMasks({ ...budget, prefix: 2 }) / 4);
  });

  it('without the prefix and with four starts, finds the best of all masks in 19 of 20 seeds, running at most a quarter', async () => {
    const { found, mostEvaluations } = await searchAllSeeds({ ...FLUX_RECIPE, prefixShare: 0, starts: 4 });
    expect(found).toBeGreaterThanOrEqual(19);
    expect(mostEvaluations).toBeLessThanOrEqual(countMasks({ ...budget, prefix: 1 }) / 4);
  });
});
