/** What holds for every search, whatever its way. */
import { describe, expect, it } from 'vitest';
import { stagedPrices } from '../test-support/synthetic-staged.ts';
import { exhaustiveSearch } from './exhaustive-search.ts';
import { IMPROVED_SETTINGS, improvedSearch } from './improved-search.ts';
import { createProxy } from './proxy.ts';
import { recipeSearch } from './recipe-search.ts';
import { FLUX_RECIPE } from './reference-recipe.ts';
import { errorCount } from './reuse-errors.ts';
import { gramOf } from './gram.ts';
import { torchRandn } from '../rng/torch-randn.ts';
import type { MaskSearch, SearchEvent, SearchState, SearchTask } from './search-task.ts';
import { logLosses, mean } from './staged-objective.ts';

const STEP_COUNT = 12;
const NFE = 5;
const proxy = createProxy({ stepCount: STEP_COUNT, grams: [gramOf(Array.from({ length: errorCount(STEP_COUNT) }, (_, index) => torchRandn(index, 6)))] });
const shortRecipe = { ...FLUX_RECIPE, annealing: { ...FLUX_RECIPE.annealing, iterations: 30 } };

const searches: [string, MaskSearch][] = [
  ['the recipe', recipeSearch(shortRecipe)],
  ['the improved search', improvedSearch()],
  ['the improved search with a proxy', improvedSearch({ ...IMPROVED_SETTINGS, proxy })],
  ['looking at all', exhaustiveSearch(1)],
];

const taskOf = (change: Partial<SearchTask> = {}): SearchTask => {
  const { objective } = stagedPrices(STEP_COUNT, 3);
  return { stepCount: STEP_COUNT, nfe: NFE, objective, seed: 5, teacherRuns: 8, ...change };
};

describe.each(searches)('%s', (_, search) => {
  it('looks at masks of the exact budget with step 0 only, and counts what they cost', async () => {
    const { objective, looks } = stagedPrices(STEP_COUNT, 3);
    const outcome = await search(taskOf({ objective }));
    const costs = { 0: 2, 1: 2, 2: 4, validation: 4 } as const;
    for (const { mask } of looks) {
      expect(mask).toHaveLength(NFE);
      expect(new Set(mask).size).toBe(NFE);
      expect(mask[0]).toBe(0);
      expect(mask).toEqual(mask.toSorted((a, b) => a - b));
    }
    expect(outcome.evaluations).toBe(8 + looks.reduce((sum, { stage }) => sum + costs[stage as keyof typeof costs], 0));
    expect(new Set(looks.map(({ mask, stage }) => `${stage} ${mask.join()}`)).size).toBe(looks.length);
  });

  it('reports a best that only falls and returns a finalist with its true value', async () => {
    const bests: number[] = [];
    const task = taskOf({ onProgress: ({ best }) => void (best === null ? undefined : bests.push(best.value)) });
    const outcome = await search(task);
    expect(bests.length).toBeGreaterThan(10);
    expect(bests).toEqual(bests.toSorted((a, b) => b - a));
    const losses = await Promise.all([0, 1, 2].map((stage) => task.objective.losses(outcome.mask, stage)));
    expect(outcome.value).toBeCloseTo(mean(logLosses(losses.flat())), 12);
    expect(outcome.finalists).toContainEqual(expect.objectContaining({ mask: outcome.mask, value: outcome.value }));
  });

  it('repeats itself for one seed', async () => {
    const trail = async (): Promise<unknown> => {
      const { objective, looks } = stagedPrices(STEP_COUNT, 3);
      const { state: __, ...outcome } = await search(taskOf({ objective }));
      return { looks, outcome };
    };
    expect(await trail()).toEqual(await trail());
  });

  it.each([0.2, 0.7])('resumed from plain data after %s of its way, ends as if never stopped, and runs nothing twice', async (share) => {
    const whole = stagedPrices(STEP_COUNT, 3);
    const uninterrupted = await search(taskOf({ objective: whole.objective }));
    const stopAt = Math.floor(share * whole.looks.length);
    const first = stagedPrices(STEP_COUNT, 3);
    let saved: SearchState = { entries: [] };
    const cancel = {
      throwIfAborted: (): void => {
        if (first.looks.length >= stopAt) throw new Error('stopped');
      },
    };
    const save = ({ state }: SearchEvent): void => {
      saved = JSON.parse(JSON.stringify(state)) as SearchState;
    };
    await expect(search(taskOf({ objective: first.objective, cancel, onProgress: save }))).rejects.toThrow('stopped');
    expect(first.looks).toHaveLength(stopAt);
    const second = stagedPrices(STEP_COUNT, 3);
    expect(await search(taskOf({ objective: second.objective, resume: saved }))).toEqual(uninterrupted);
    expect(saved.entries.length + second.looks.length).toBe(whole.looks.length);
  });
});

describe('the improved search', () => {
  it('with another seed goes another way', async () => {
    const [one, two] = [stagedPrices(STEP_COUNT, 3), stagedPrices(STEP_COUNT, 3)];
    await improvedSearch()(taskOf({ objective: one.objective, seed: 1 }));
    await improvedSearch()(taskOf({ objective: two.objective, seed: 2 }));
    expect(one.looks).not.toEqual(two.looks);
  });

  it.each([60, 120, 300])('keeps to %i evaluations', async (maxEvaluations) => {
    const outcome = await improvedSearch()(taskOf({ maxEvaluations }));
    expect(outcome.evaluations).toBeLessThanOrEqual(maxEvaluations);
    expect(outcome.mask).toHaveLength(NFE);
  });

  it('comes within a few hundredths of the best of all, known by looking at every mask', async () => {
    let close = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const task = { ...taskOf(), objective: { ...stagedPrices(STEP_COUNT, seed, 0).objective, validation: null } };
      const [found, truth] = [await improvedSearch()(task), await exhaustiveSearch(1)(task)];
      if (found.value - truth.value < 0.05) close += 1;
      expect(found.evaluations).toBeLessThan(truth.evaluations / 3);
    }
    expect(close).toBeGreaterThanOrEqual(8);
  }, 60_000);

  it('keeps a prefix when it is told to', async () => {
    const { objective, looks } = stagedPrices(STEP_COUNT, 3);
    await improvedSearch({ ...IMPROVED_SETTINGS, prefix: 3 })(taskOf({ objective }));
    for (const { mask } of looks) expect(mask.slice(0, 3)).toEqual([0, 1, 2]);
  });

  it('says when there is nothing to start from', async () => {
    const settings = { ...IMPROVED_SETTINGS, prefix: 5, randomStarts: 0 };
    await expect(improvedSearch(settings)(taskOf({ nfe: 4 }))).rejects.toThrow(RangeError);
  });

  it('lets validation choose between finalists', async () => {
    const { objective } = stagedPrices(STEP_COUNT, 3, 2);
    const { finalists, mask, validationValue } = await improvedSearch()(taskOf({ objective }));
    expect(finalists).toHaveLength(IMPROVED_SETTINGS.finalists);
    expect(validationValue).toBe(Math.min(...finalists.map((finalist) => finalist.validationValue ?? Infinity)));
    expect(finalists[0]?.mask).toEqual(mask);
  });
});

describe('a search', () => {
  it('fails clearly when a loss is not finite', async () => {
    const objective = { ...taskOf().objective, losses: () => Promise.resolve([1, Number.NaN]) };
    await expect(improvedSearch()(taskOf({ objective }))).rejects.toThrow('not a finite number');
  });
});
