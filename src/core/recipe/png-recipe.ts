/** Puts a recipe into a PNG as an iTXt chunk (PNG specification §11.3.3.4) and gets it out again. */
import type { Checked } from '../import/refusal.ts';
import { checked, refuse } from '../import/refusal.ts';
import { utf8Encode } from '../import/utf8.ts';
import type { PngChunk } from './png-chunks.ts';
import { joinPngChunks, makePngChunk, readPngChunks } from './png-chunks.ts';
import type { Recipe } from './recipe.ts';
import type { PolicyValidator } from './recipe-checks.ts';
import { recipeBytes, recipeFromBytes } from './recipe-text.ts';

export const RECIPE_KEYWORD = 'budcache-recipe';

/** Keyword, its end, not compressed, method 0, no language, no translated keyword. */
const PREFIX = utf8Encode(`${RECIPE_KEYWORD}\0\0\0\0\0`);
const KEYWORD_BYTES = RECIPE_KEYWORD.length + 1;

/** A new file with the recipe just before the pixels; an older recipe is replaced, everything else stays byte for byte. */
export function writePngRecipe(png: Uint8Array, recipe: Recipe): Checked<Uint8Array<ArrayBuffer>> {
  return checked(() => {
    const content = recipeBytes(recipe);
    const data = new Uint8Array(PREFIX.length + content.length);
    data.set(PREFIX);
    data.set(content, PREFIX.length);
    const others = readPngChunks(png).filter((chunk) => !isRecipeChunk(chunk));
    const pixels = others.findIndex(({ type }) => type === 'IDAT');
    return joinPngChunks([...others.slice(0, pixels), makePngChunk('iTXt', data), ...others.slice(pixels)]);
  });
}

/** Refused with `recipe-missing` when the picture is sound and has none. */
export function readPngRecipe(png: Uint8Array, validatePolicy: PolicyValidator): Checked<Recipe> {
  return checked(() => {
    const found = readPngChunks(png).filter(isRecipeChunk);
    const [chunk] = found;
    if (chunk === undefined) return refuse('recipe-missing', 'The picture carries no recipe.');
    if (found.length > 1) refuse('recipe-invalid', 'The picture carries several recipes.');
    return recipeFromBytes(textOf(chunk.data), validatePolicy);
  });
}

const isRecipeChunk = ({ type, data }: PngChunk): boolean =>
  type === 'iTXt' && PREFIX.subarray(0, KEYWORD_BYTES).every((byte, index) => data[index] === byte);

/** The text of an iTXt chunk, whatever languages another program noted before it. */
function textOf(data: Uint8Array): Uint8Array {
  if (data[KEYWORD_BYTES] !== 0) refuse('recipe-invalid', 'The recipe in the picture was compressed by another program.');
  const language = data.indexOf(0, KEYWORD_BYTES + 2);
  const translated = language < 0 ? -1 : data.indexOf(0, language + 1);
  return translated < 0 ? refuse('recipe-invalid', 'The recipe in the picture is cut short.') : data.subarray(translated + 1);
}
