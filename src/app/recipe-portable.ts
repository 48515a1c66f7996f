/** A recipe as it leaves this page, in a PNG, a link or the gallery: with its policy whole and its model by hash. */
import type { WholeRecipe } from '../core/recipe/recipe.ts';
import { RECIPE_FORMAT } from '../core/recipe/recipe.ts';
import type { Manifest } from '../protocol/manifest.ts';
import type { Recipe } from './state.ts';

/** `manifest` is the open model's; a recipe of another model then travels without a hash, unless its policy has one. */
export function portableRecipe(recipe: Recipe, manifest: Manifest | null): WholeRecipe {
  const { file } = recipe.choice;
  const ofOpenModel = manifest?.id === recipe.modelId ? manifest.binding : null;
  return {
    format: RECIPE_FORMAT,
    modelId: recipe.modelId,
    binding: file?.model.kind === 'bound' ? file.model.binding : ofOpenModel,
    prompt: recipe.prompt,
    ...(recipe.negativePrompt === '' ? {} : { negativePrompt: recipe.negativePrompt }),
    seed: recipe.seed,
    stepCount: recipe.stepCount,
    guidanceScale: recipe.guidanceScale,
    policy: file,
  };
}
