/** BudCache's search (arXiv 2606.13496) as one of the searches: its objective is the mean MSE over all pairs. */
import type { Mask } from './mask.ts';
import type { RecipeSettings } from './reference-recipe.ts';
import { FLUX_RECIPE, searchMask } from './reference-recipe.ts';
import type { MaskSearch } from './search-task.ts';
import { openDesk } from './search-task.ts';
import { mean } from './staged-objective.ts';

/** The paper's temperatures are in units of the MSE, so that is what it anneals; it has no arbitration. */
export const recipeSearch =
  (settings: RecipeSettings = FLUX_RECIPE): MaskSearch =>
  async (task) => {
    const desk = openDesk(task);
    const { stepCount, nfe, seed } = task;
    let [round, bestValue, best]: [number, number, Mask] = [0, Infinity, []];
    const objective = async (mask: Mask): Promise<number> => {
      const scored = await desk.evaluate(mask);
      const value = mean(await desk.book.lossesUpTo(mask, desk.lastStage));
      if (value < bestValue) [bestValue, best] = [value, mask];
      await desk.report('anneal', ++round, scored);
      return value;
    };
    await searchMask({ stepCount, nfe, objective, seed, settings });
    return desk.finish([await desk.evaluate(best)]);
  };
