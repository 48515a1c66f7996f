/** Garbled policies, manifests, masks, recipes and share links: each is refused with a code or gives a sound value. */
import { readdir, readFile } from 'node:fs/promises';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { policyProblems } from '../src/core/caching/policy-checks.ts';
import { importCacheDitMask } from '../src/core/import/cache-dit.ts';
import type { ImportTarget } from '../src/core/import/portable-policy.ts';
import { REFUSAL_CODES } from '../src/core/import/refusal.ts';
import type { PolicyFile } from '../src/core/policy.ts';
import type { Recipe } from '../src/core/recipe/recipe.ts';
import { decodeRecipe, encodeRecipe } from '../src/core/recipe/recipe-text.ts';
import type { Deflate } from '../src/core/recipe/share-link.ts';
import { readShareFragment, writeShareFragment } from '../src/core/recipe/share-link.ts';
import { recipe } from '../src/core/recipe/test-support/recipes.ts';
import type { Random } from '../src/core/rng/seeded-random.ts';
import { fluxSigmas } from '../src/core/sampling/sigmas.ts';
import { ERROR_CODES } from '../src/protocol/errors.ts';
import { manifestProblem } from '../src/storage/manifest-checks.ts';
import { parseManifest } from '../src/storage/manifest-schema.ts';
import { parsePolicyFile, parsePolicyText } from '../src/storage/policy-file.ts';
import { parseJson } from '../src/storage/schema-failure.ts';
import { garbleBytes, garbleJson } from './fuzz-garble.ts';
import { fuzz, shortfalls } from './fuzz-run.ts';

const policyFolder = new URL('../public/policies/micro/', import.meta.url);
const policyTexts = await Promise.all(
  (await readdir(policyFolder)).filter((name) => name !== 'index.json').map((name) => readFile(new URL(name, policyFolder), 'utf8')),
);
const manifestText = await readFile(new URL('../public/models/micro/manifest.json', import.meta.url), 'utf8');

/** Half of the inputs are damaged as text, half as values: the first mostly ends at the JSON reader. */
function garbledText(texts: readonly string[], random: Random): string {
  const [text, donor] = [texts[random.integer(texts.length)] ?? '', texts[random.integer(texts.length)] ?? ''];
  if (random.integer(2) === 0) return JSON.stringify(garbleJson(JSON.parse(text), random));
  return Buffer.from(garbleBytes(Buffer.from(text), random, Buffer.from(donor))).toString('utf8');
}

const faultOfPolicy = (policy: PolicyFile): string | null => policyProblems(policy)[0] ?? null;

/** Let in, it must come back from its own text as it is. */
const faultOfRecipe = (value: Recipe): string | null => {
  const text = encodeRecipe(value);
  if (!text.ok) return text.error.message;
  const again = decodeRecipe(text.value, parsePolicyFile);
  return again.ok && JSON.stringify(again.value) === text.value ? null : 'it does not come back';
};

describe('garbled', () => {
  it('policies', async () => {
    const make = (random: Random): string => garbledText(policyTexts, random);
    expect(shortfalls(await fuzz({ count: 2500, seed: 31, make, handle: parsePolicyText, faultOf: faultOfPolicy }), ERROR_CODES, ['policy-invalid'])).toEqual([]);
  }, 120_000);

  it('manifests', async () => {
    const make = (random: Random): string => garbledText([manifestText], random);
    const handle = (text: string): ReturnType<typeof parseManifest> => {
      const json = parseJson(text, 'model-invalid');
      return json.ok ? parseManifest(json.value) : json;
    };
    expect(shortfalls(await fuzz({ count: 2000, seed: 32, make, handle, faultOf: manifestProblem }), ERROR_CODES, ['model-invalid'])).toEqual([]);
  }, 120_000);

  it('cache-dit masks', async () => {
    const target: ImportTarget = { architecture: 'flux', stepCount: 28, sigmasFor: (stepCount) => fluxSigmas(stepCount, 64) };
    const masks = ['[1,1,1,0,1,0,0,1]', '{"steps_computation_mask":[1,0,1,1],"steps_computation_policy":"static"}', '"ultra"'];
    const make = (random: Random): string => garbledText(masks, random);
    const handle = (text: string): ReturnType<typeof importCacheDitMask> => importCacheDitMask(text, 'mask', target);
    expect(shortfalls(await fuzz({ count: 1000, seed: 33, make, handle, faultOf: faultOfPolicy }), REFUSAL_CODES, ['mask-invalid', 'policy-invalid'])).toEqual([]);
  }, 120_000);

  it('recipes', async () => {
    const make = (random: Random): string => garbledText([JSON.stringify(recipe)], random);
    const handle = (text: string): ReturnType<typeof decodeRecipe> => decodeRecipe(text, parsePolicyFile);
    expect(shortfalls(await fuzz({ count: 2000, seed: 34, make, handle, faultOf: faultOfRecipe }), REFUSAL_CODES, ['recipe-invalid', 'policy-invalid'])).toEqual([]);
  }, 120_000);

  it('share links', async () => {
    const deflate: Deflate = {
      compress: async (bytes) => deflateRawSync(bytes),
      expand: async (bytes, maxBytes) => inflateRawSync(bytes, { maxOutputLength: maxBytes }),
    };
    const links = await Promise.all([writeShareFragment(recipe, deflate), writeShareFragment(recipe, null)]);
    const fragments = links.map((link) => (link.ok ? link.value : ''));
    // A third each: damaged links, links of damaged compressed bytes, and sound links of damaged recipes.
    const make = (random: Random): string => {
      const fragment = fragments[random.integer(2)] ?? '';
      if (random.integer(3) === 0) return Buffer.from(garbleBytes(Buffer.from(fragment), random, Buffer.from(fragments[0] ?? ''))).toString('latin1');
      const content = deflateRawSync(garbledText([JSON.stringify(recipe)], random));
      const bytes = random.integer(2) === 0 ? content : garbleBytes(content, random, content);
      return `#r1z.${Buffer.from(bytes).toString('base64url')}`;
    };
    const handle = (fragment: string): ReturnType<typeof readShareFragment> => readShareFragment(fragment, deflate, parsePolicyFile);
    const codes = ['link-invalid', 'recipe-invalid', 'policy-invalid'];
    expect(shortfalls(await fuzz({ count: 2500, seed: 35, make, handle, faultOf: faultOfRecipe }), REFUSAL_CODES, codes)).toEqual([]);
  }, 120_000);
});
