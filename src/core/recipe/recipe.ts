/** Everything that makes a picture again: what travels inside a downloaded PNG and a share link. */
import type { PolicyFile } from '../policy.ts';

export const RECIPE_FORMAT = 'budcache-recipe/1';

export interface Recipe {
  readonly format: typeof RECIPE_FORMAT;
  readonly modelId: string;
  /** sha256 (hex) of the model's denoiser and scheduler, where the exact model matters; null: any version. */
  readonly binding: string | null;
  readonly prompt: string;
  /** Left out when it is empty. */
  readonly negativePrompt?: string;
  /** Unsigned 32-bit. */
  readonly seed: number;
  readonly stepCount: number;
  readonly guidanceScale: number;
  /** The policy itself, or the name of one that both sides have, or null for a full run. */
  readonly policy: PolicyFile | string | null;
}

/** With its policy inside, never by name. */
export type WholeRecipe = Omit<Recipe, 'policy'> & { readonly policy: PolicyFile | null };

/** The same recipe with a large policy only named, for where space is short. */
export const withNamedPolicy = (recipe: Recipe): Recipe =>
  typeof recipe.policy === 'object' && recipe.policy !== null ? { ...recipe, policy: recipe.policy.name } : recipe;
