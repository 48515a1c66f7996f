import { describe, expect, it } from 'vitest';
import type { Recipe } from './recipe.ts';
import { withNamedPolicy } from './recipe.ts';
import { decodeRecipe, encodeRecipe, MAX_RECIPE_BYTES } from './recipe-text.ts';
import { boundPolicy, looksLikePolicy, recipe } from './test-support/recipes.ts';

const decoded = (value: unknown): ReturnType<typeof decodeRecipe> => decodeRecipe(JSON.stringify(value), looksLikePolicy);

describe('a recipe as text', () => {
  it.each<[string, Recipe]>([
    ['an inline policy', recipe],
    ['a named policy', withNamedPolicy(recipe)],
    ['a negative prompt', { ...recipe, negativePrompt: 'rain — 雨' }],
    ['a full run', { ...recipe, policy: null }],
    ['any version of the model', { ...recipe, binding: null }],
    ['an empty prompt', { ...recipe, prompt: '', seed: 0, guidanceScale: 0 }],
  ])('comes back with %s', (_, given) => {
    const text = encodeRecipe(given);
    if (!text.ok) throw new Error(text.error.message);
    expect(decodeRecipe(text.value, looksLikePolicy)).toEqual({ ok: true, value: given });
  });

  it('is the same text whatever the order of fields', () => {
    const reordered = Object.fromEntries(Object.entries(recipe).toReversed()) as unknown as Recipe;
    expect(encodeRecipe(reordered)).toEqual(encodeRecipe(recipe));
  });

  it('names a large policy where space is short', () => {
    expect(withNamedPolicy(recipe).policy).toBe('NFE 3');
    expect(withNamedPolicy({ ...recipe, policy: null }).policy).toBeNull();
  });

  it.each<[string, object, string, string]>([
    ['another format', { format: 'budcache-recipe/2' }, 'recipe-invalid', 'format'],
    ['a model id that is a path', { modelId: '../secret' }, 'recipe-invalid', 'model'],
    ['no model', { modelId: '' }, 'recipe-invalid', 'model'],
    ['a wrong hash', { binding: 'abc' }, 'recipe-invalid', 'hash'],
    ['a prompt that is no text', { prompt: ['fox'] }, 'recipe-invalid', 'prompt'],
    ['half a character', { prompt: 'fox \ud83e' }, 'recipe-invalid', 'half a character'],
    ['a very long prompt', { prompt: 'x'.repeat(10_001) }, 'too-large', '10001'],
    ['a negative seed', { seed: -1 }, 'recipe-invalid', 'seed'],
    ['a seed beyond 32 bits', { seed: 2 ** 32 }, 'recipe-invalid', 'seed'],
    ['no steps', { stepCount: 0 }, 'recipe-invalid', 'steps'],
    ['half a step', { stepCount: 7.5 }, 'recipe-invalid', 'steps'],
    ['a guidance that is no number', { guidanceScale: null }, 'recipe-invalid', 'guidance'],
    ['an absurd guidance', { guidanceScale: 1e9 }, 'recipe-invalid', 'guidance'],
    ['a policy that is a number', { policy: 4 }, 'policy-invalid', 'no policy'],
    ['a policy without a name', { policy: '' }, 'recipe-invalid', 'name'],
    ['a policy that makes no sense', { policy: { ...boundPolicy, computedSteps: [1] } }, 'policy-invalid', 'first computed step'],
    ['a policy for another step count', { stepCount: 9 }, 'recipe-invalid', '8 steps, not for 9'],
    ['a policy for another model', { modelId: 'micro' }, 'recipe-invalid', 'not for “micro”'],
    ['a policy for another version', { binding: 'cd'.repeat(32) }, 'recipe-invalid', 'another version'],
    ['a field nobody knows', { strength: 1 }, 'recipe-invalid', 'does not know'],
    ['an empty negative prompt', { negativePrompt: '' }, 'recipe-invalid', 'negative prompt is empty'],
    ['a negative prompt that is no text', { negativePrompt: 3 }, 'recipe-invalid', 'no text'],
    ['a missing field', { seed: undefined }, 'recipe-invalid', 'lacks “seed”'],
  ])('refuses %s', (_, change, code, words) => {
    const outcome = decoded({ ...recipe, ...change });
    expect(outcome).toMatchObject({ ok: false, error: { code, message: expect.stringContaining(words) as string } });
  });

  it.each(['', 'no JSON', '3', 'null', '[]', '"recipe"', `${'['.repeat(100_000)}`])('refuses the text %#', (text) => {
    expect(decodeRecipe(text, looksLikePolicy)).toMatchObject({ ok: false, error: { code: 'recipe-invalid' } });
  });

  it('refuses a huge text before reading it', () => {
    expect(decodeRecipe(' '.repeat(MAX_RECIPE_BYTES + 1), looksLikePolicy)).toMatchObject({ error: { code: 'too-large' } });
  });

  it('does not write what it would not read', () => {
    expect(encodeRecipe({ ...recipe, seed: -1 })).toMatchObject({ error: { code: 'recipe-invalid' } });
    expect(encodeRecipe({ ...recipe, policy: { ...boundPolicy, sigmas: [1, 0] } })).toMatchObject({ error: { code: 'policy-invalid' } });
  });
});
