/** The improved search against the paper's recipe: evaluations until it has reached what the recipe ends with. */
import { improvedSearch, IMPROVED_SETTINGS } from '../src/core/search/improved-search.ts';
import { sigmaWeights } from '../src/core/search/proxy-weights.ts';
import { createProxy } from '../src/core/search/proxy.ts';
import { recipeSearch } from '../src/core/search/recipe-search.ts';
import { halvingStages, runObjective } from '../src/core/search/run-objectives.ts';
import type { MaskSearch, SearchOutcome } from '../src/core/search/search-task.ts';
import type { StagedObjective } from '../src/core/search/staged-objective.ts';
import { mean } from '../src/core/search/staged-objective.ts';
import type { LabBench } from './lab-bench.ts';
import { decibels, ledgerLosses, measurePairErrors } from './lab-bench.ts';
import { medianOf } from './statistics.ts';

export async function searchFigures(bench: LabBench) {
  const { stepCount, sigmas, calibration } = bench;
  const seeds = Array.from({ length: bench.seedCount }, (_, index) => bench.seed + index);
  /** For what is only taken apart. */
  const some = seeds.slice(0, 5);
  const objective = runObjective(ledgerLosses(bench, calibration), [], halvingStages(calibration.length));
  const { pairErrors } = await measurePairErrors(calibration);
  const data = { stepCount, grams: pairErrors.map(({ gram }) => gram) };
  const proxy = createProxy(data, sigmaWeights(sigmas));
  const searches: [string, MaskSearch, typeof seeds][] = [
    ['improved', improvedSearch({ ...IMPROVED_SETTINGS, proxy }), seeds],
    ['improved, without the proxy', improvedSearch(), some],
    ['improved, proxy without weights', improvedSearch({ ...IMPROVED_SETTINGS, proxy: createProxy(data) }), some],
    ['improved, descent in place of the surrogate', improvedSearch({ ...IMPROVED_SETTINGS, proxy, surrogateMasks: 0 }), some],
    ['improved, annealing and descent in its place', improvedSearch({ ...IMPROVED_SETTINGS, proxy, surrogateMasks: 0, annealIterations: 24, rounds: 3 }), some],
  ];
  const budgets = [];
  for (const nfe of bench.budgets) {
    const runAll = async (name: string, search: MaskSearch, tried: typeof seeds) => {
      const runs = [];
      for (const seed of tried) {
        runs.push(await watch(search, objective, { stepCount, nfe, seed, teacherRuns: calibration.length }));
        bench.say(`NFE ${nfe}: ${name}, seed ${seed}`);
      }
      return runs;
    };
    const recipe = await runAll('the paper’s recipe', recipeSearch(), seeds);
    const target = medianOf(recipe.map(({ outcome }) => outcome.value));
    const recipeEvaluations = medianOf(recipe.map(({ outcome }) => outcome.evaluations));
    const rows = [];
    for (const [name, search, tried] of searches) {
      const runs = await runAll(name, search, tried);
      const reached = runs.map(({ path }) => path.find(({ best }) => best <= target)?.evaluations ?? Infinity);
      const share = medianOf(reached) / recipeEvaluations;
      rows.push({
        name,
        seeds: runs.length,
        seedsThatReachIt: reached.filter(Number.isFinite).length,
        medianEvaluationsToReach: Number.isFinite(share) ? medianOf(reached) : null,
        shareOfRecipe: Number.isFinite(share) ? share : null,
        medianEvaluationsInAll: medianOf(runs.map(({ outcome }) => outcome.evaluations)),
        medianGainOverRecipeDb: decibels(medianOf(runs.map(({ outcome }) => outcome.value)) - target),
        runs: runs.map(({ outcome, meanMse }) => summary(outcome, meanMse)),
      });
    }
    budgets.push({
      nfe,
      recipe: { medianValue: target, medianEvaluations: recipeEvaluations, runs: recipe.map(({ outcome, meanMse }) => summary(outcome, meanMse)) },
      rows,
    });
  }
  return { pairs: calibration.length, seeds, budgets };
}

async function watch(search: MaskSearch, objective: StagedObjective, task: { stepCount: number; nfe: number; seed: number; teacherRuns: number }) {
  const path: { readonly evaluations: number; readonly best: number }[] = [];
  const outcome = await search({
    ...task,
    objective,
    onProgress: ({ evaluations, best }) => {
      if (best !== null && best.value < (path.at(-1)?.best ?? Infinity)) path.push({ evaluations, best: best.value });
    },
  });
  const losses = await Promise.all(objective.stages.map((_, stage) => objective.losses(outcome.mask, stage)));
  return { outcome, path, meanMse: mean(losses.flat()) };
}

const summary = ({ mask, value, evaluations }: SearchOutcome, meanMse: number) => ({ mask, value, meanMse, evaluations });
