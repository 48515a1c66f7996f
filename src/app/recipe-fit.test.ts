import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Recipe } from '../core/recipe/recipe.ts';
import { parseManifest } from '../storage/manifest-schema.ts';
import { manifestAtSize } from '../storage/manifest-size.ts';
import { BINDING, goodManifest, goodPolicy } from '../storage/test-support/good-files.ts';
import { fitRecipe } from './recipe-fit.ts';

const manifest = goodManifest();
const library = [{ id: 'shipped/tiny/nfe-2.json', source: 'shipped', file: goodPolicy(2) }] as const;
const recipe: Recipe = {
  format: 'budcache-recipe/1',
  modelId: 'tiny',
  binding: BINDING,
  prompt: 'a red cube',
  seed: 7,
  stepCount: 4,
  guidanceScale: 3.5,
  policy: null,
};
const settings = { prompt: 'a red cube', negativePrompt: '', seed: 7, guidanceScale: 3.5, pictureCount: 1 };
const fit = (patch: Partial<Recipe>) => fitRecipe({ ...recipe, ...patch }, manifest, library);

describe('a recipe of this very model', () => {
  test('is taken over whole: the full run', () => {
    expect(fit({})).toEqual({ draft: { ...settings, budget: 4, policyId: null, stepCount: null }, policy: null, problems: [], code: null });
  });

  test('at another number of steps', () => {
    expect(fit({ stepCount: 9 })).toMatchObject({ draft: { budget: 9, stepCount: 9 }, problems: [] });
    const longer = { ...goodPolicy(2), stepCount: 5, sigmas: [1, 0.8, 0.6, 0.4, 0.2, 0] };
    expect(fit({ stepCount: 5, policy: longer })).toMatchObject({ draft: { stepCount: 5 }, policy: longer, problems: [] });
  });

  test('with its policy inside', () => {
    expect(fit({ policy: goodPolicy(3) })).toEqual({ draft: { ...settings, stepCount: null }, policy: goodPolicy(3), problems: [], code: null });
  });

  test('with a policy by name', () => {
    const draft = { ...settings, budget: 2, policyId: 'shipped/tiny/nfe-2.json', stepCount: null };
    expect(fit({ policy: 'NFE 2' })).toEqual({ draft, policy: null, problems: [], code: null });
  });
});

describe('what does not fit is said, and the rest is taken over', () => {
  const foreign = { ...goodPolicy(2), model: { kind: 'bound', id: 'tiny', binding: 'ef'.repeat(32) } } as const;
  test.each<[string, Partial<Recipe>, RegExp, string | null]>([
    ['another version of the model', { binding: 'ef'.repeat(32) }, /another version/, 'policy-mismatch'],
    ['a policy of another version', { policy: foreign }, /another version.*budget stays/, 'policy-mismatch'],
    ['an unknown policy', { policy: 'NFE 9' }, /“NFE 9” is not in this browser/, 'policy-mismatch'],
    ['a known policy at other steps', { policy: 'NFE 2', stepCount: 9 }, /“NFE 2” is not in this browser/, 'policy-mismatch'],
  ])('%s', (_, patch, told, code) => {
    const { draft, policy, problems, code: given } = fit(patch);
    expect(draft).toMatchObject(settings);
    expect(policy).toBeNull();
    expect(problems.join(' ')).toMatch(told);
    expect(given).toBe(code);
  });

  test('a guidance out of range is moved into it', () => {
    expect(fit({ guidanceScale: 900 })).toMatchObject({ draft: { guidanceScale: 6 }, code: null });
    expect(fit({ guidanceScale: -2 }).problems.join(' ')).toMatch(/-2.*range; 1 is used/);
  });

  test('a negative prompt the model takes no part of is left out aloud', () => {
    expect(fit({ negativePrompt: 'rain' }).problems.join(' ')).toMatch(/takes none/);
  });

  test('another size of the model is named', () => {
    const parsed = parseManifest(JSON.parse(readFileSync('public/models/micro-z-image/manifest.json', 'utf8')));
    if (!parsed.ok) throw new Error(parsed.error.message);
    const wide = manifestAtSize(parsed.value, '128×192');
    const fitted = fitRecipe({ ...recipe, modelId: 'micro-z-image', binding: wide?.binding ?? null, negativePrompt: 'rain' }, parsed.value, []);
    expect(fitted).toMatchObject({ draft: { negativePrompt: 'rain' }, problems: ['It was made at 128×192; choose that size for the same picture.'] });
  });

  test('a refused policy leaves the budget alone', () => {
    expect(fit({ policy: foreign }).draft).not.toHaveProperty('budget');
  });
});
