/** A recipe as compact JSON, always with the fields in the same order. */
import { utf8Decode, utf8Encode } from '../import/utf8.ts';
import type { Checked } from '../import/refusal.ts';
import { checked, refuse } from '../import/refusal.ts';
import type { Recipe } from './recipe.ts';
import type { PolicyValidator } from './recipe-checks.ts';
import { recipeFrom } from './recipe-checks.ts';

/** Room for a prompt and a policy of the longest schedule. */
export const MAX_RECIPE_BYTES = 256 * 1024;

/** Refused too: a recipe that could not be read again. */
export const encodeRecipe = (recipe: Recipe): Checked<string> => checked(() => recipeText(recipe));

export const decodeRecipe = (text: string, validatePolicy: PolicyValidator): Checked<Recipe> =>
  checked(() => recipeFromText(text, validatePolicy));

/** As `encodeRecipe`, to UTF-8; refuses by throwing, for the readers and writers of containers. */
export function recipeBytes(recipe: Recipe): Uint8Array<ArrayBuffer> {
  const bytes = utf8Encode(recipeText(recipe));
  return bytes.length > MAX_RECIPE_BYTES ? refuse('too-large', 'The recipe is too large.') : bytes;
}

/** As `decodeRecipe`, from UTF-8; refuses by throwing, for the readers and writers of containers. */
export function recipeFromBytes(bytes: Uint8Array, validatePolicy: PolicyValidator): Recipe {
  if (bytes.length > MAX_RECIPE_BYTES) refuse('too-large', `The recipe has ${bytes.length} bytes; ${MAX_RECIPE_BYTES} are the most.`);
  return recipeFromText(utf8Decode(bytes), validatePolicy);
}

function recipeText(recipe: Recipe): string {
  const { policy } = recipe;
  // An inline policy is typed as one already; `recipeFrom` still asks whether it makes sense.
  const asTyped: PolicyValidator = () =>
    typeof policy === 'object' && policy !== null ? { ok: true, value: policy } : refuse('recipe-invalid', 'The recipe has no policy.');
  return JSON.stringify(recipeFrom(recipe, asTyped));
}

function recipeFromText(text: string, validatePolicy: PolicyValidator): Recipe {
  if (text.length > MAX_RECIPE_BYTES) refuse('too-large', `The recipe has ${text.length} characters; ${MAX_RECIPE_BYTES} are the most.`);
  return recipeFrom(parsedJson(text), validatePolicy);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return refuse('recipe-invalid', 'The recipe is not JSON.');
  }
}
