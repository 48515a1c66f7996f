/** Recipes from outside wait here until the model and its policies are known, which a link is faster than. */
import type { Recipe } from '../core/recipe/recipe.ts';

export interface IncomingRecipe {
  readonly recipe: Recipe;
  /** Where it came from, as in “the link”. */
  readonly source: string;
}

export interface RecipeInbox {
  /** The model and its policies are known. */
  readonly isOpen: boolean;
  /** The latest to come in before that. */
  readonly waiting: IncomingRecipe | null;
  /** To be opened as soon as nothing runs, for the recipe that waits. */
  readonly wantedModelId: string | null;
}

export const CLOSED_INBOX: RecipeInbox = { isOpen: false, waiting: null, wantedModelId: null };
