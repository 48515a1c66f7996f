/** Jobs: what one press of Generate asks for, running or waiting. */
import type { CallCosts } from '../core/caching/cost.ts';
import { predictedChoiceMs } from './budget-seconds.ts';
import { describeSeeds, seedsFrom } from './seeds.ts';
import type { Recipe } from './state.ts';

export interface Job {
  readonly id: string;
  /** Run one after the other; they differ in their seeds only. */
  readonly recipes: readonly [Recipe, ...Recipe[]];
}

/** One picture from each of `count` seeds. */
export function jobOf(id: string, recipe: Recipe, count: number): Job {
  const [, ...others] = seedsFrom(recipe.seed, count);
  return { id, recipes: [recipe, ...others.map((seed) => ({ ...recipe, seed }))] };
}

export const stepsOfJob = ({ recipes }: Job): number => recipes.reduce((sum, { stepCount }) => sum + stepCount, 0);

const MAX_WORDS = 60;

/** `“a red cube”, seeds 7 to 10, 10 of 28 steps`. */
export function describeJob({ recipes }: Job): string {
  const [{ prompt, choice, stepCount }] = recipes;
  const words = prompt.length > MAX_WORDS ? `${prompt.slice(0, MAX_WORDS).trimEnd()}…` : prompt;
  const cost = choice.file === null ? `full run of ${stepCount} steps` : `${choice.file.computedSteps.length} of ${stepCount} steps`;
  return `“${words}”, ${describeSeeds(recipes.map(({ seed }) => seed))}, ${cost}`;
}

/** Null while this machine is not measured. */
export function predictedJobsMs(jobs: readonly Job[], costs: CallCosts | null): number | null {
  if (costs === null) return null;
  const recipes = jobs.flatMap((job) => job.recipes);
  return recipes.reduce((sum, { choice, stepCount }) => sum + predictedChoiceMs(costs, choice, stepCount), 0);
}
