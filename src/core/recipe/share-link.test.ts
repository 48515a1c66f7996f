import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checked } from '../import/refusal.ts';
import { seededRandom } from '../rng/seeded-random.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { base64urlDecode, base64urlEncode } from './base64url.ts';
import type { Recipe } from './recipe.ts';
import { MAX_RECIPE_BYTES } from './recipe-text.ts';
import type { Deflate } from './share-link.ts';
import { isShareFragment, MAX_FRAGMENT_LENGTH, readShareFragment, writeShareFragment } from './share-link.ts';
import { boundPolicy, looksLikePolicy, recipe } from './test-support/recipes.ts';

const deflate: Deflate = {
  compress: async (bytes) => deflateRawSync(bytes),
  expand: async (bytes, maxBytes) => inflateRawSync(bytes, { maxOutputLength: maxBytes }),
};

async function fragmentOf(given: Recipe, how: Deflate | null): Promise<string> {
  const outcome = await writeShareFragment(given, how);
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
}

describe('base64url', () => {
  it('agrees with Node’s for every length', () => {
    for (let length = 0; length < 40; length += 1) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 89 + length * 31) % 256);
      const text = base64urlEncode(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64url'));
      expect(base64urlDecode(text)).toEqual(bytes);
    }
  });

  it.each(['A', 'AA=', 'AB', 'AAB', 'A+A/', 'ÄÖ', 'AA AA'])('refuses %j', (text) => {
    expect(checked(() => base64urlDecode(text))).toMatchObject({ error: { code: 'link-invalid' } });
  });
});

describe('a share link', () => {
  it.each<[string, Deflate | null, RegExp]>([
    ['deflated', deflate, /^r1z\.[\w-]+$/],
    ['plain', null, /^r1\.[\w-]+$/],
  ])('brings a recipe with its policy back, %s', async (_, how, shape) => {
    const fragment = await fragmentOf(recipe, how);
    expect(fragment).toMatch(shape);
    expect(isShareFragment(fragment)).toBe(true);
    expect(await readShareFragment(`#${fragment}`, how, looksLikePolicy)).toEqual({ ok: true, value: recipe });
  });

  it('brings two hundred different recipes back to the last bit', async () => {
    const random = seededRandom(20);
    for (let count = 0; count < 200; count += 1) {
      const stepCount = 1 + random.integer(40);
      // Any characters but halves of surrogate pairs; noise levels with all their digits.
      const prompt = Array.from({ length: random.integer(60) }, () => String.fromCodePoint(random.integer(2) === 0 ? 32 + random.integer(90) : 0xe000 + random.integer(0x12000))).join('');
      const sigmas = [...Array.from({ length: stepCount }, () => random.uniform() || 0.5).toSorted((one, other) => other - one), 0];
      const policy = { ...boundPolicy, stepCount, sigmas, computedSteps: [0] };
      const given: Recipe = { ...recipe, prompt, seed: random.integer(2 ** 32), stepCount, guidanceScale: random.uniform() * 9, policy };
      const how = random.integer(2) === 0 ? deflate : null;
      expect(await readShareFragment(await fragmentOf(given, how), how, looksLikePolicy)).toEqual({ ok: true, value: given });
    }
  });

  it('is compact: a policy of 28 steps takes under 1500 characters', async () => {
    const policy = { ...boundPolicy, stepCount: 28, sigmas: fluxSigmas(28, 64), computedSteps: [0, 1, 3, 5, 8, 11, 14, 18, 22, 26] };
    expect((await fragmentOf({ ...recipe, stepCount: 28, policy }, deflate)).length).toBeLessThan(1500);
  });

  it('falls back to plain where compressing fails, and says where expanding is impossible', async () => {
    const broken: Deflate = { ...deflate, compress: () => Promise.reject(new Error('none')) };
    expect(await fragmentOf(recipe, broken)).toMatch(/^r1\./);
    expect(await readShareFragment(await fragmentOf(recipe, deflate), null, looksLikePolicy)).toMatchObject({
      error: { code: 'link-unsupported' },
    });
  });

  it('works with the browser’s own streams', async () => {
    const streamed = async (bytes: Uint8Array<ArrayBuffer>, through: CompressionStream | DecompressionStream): Promise<Uint8Array> =>
      new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(through)).arrayBuffer());
    const native: Deflate = {
      compress: (bytes) => streamed(bytes, new CompressionStream('deflate-raw')),
      expand: (bytes) => streamed(bytes, new DecompressionStream('deflate-raw')),
    };
    const fragment = await fragmentOf(recipe, native);
    expect(await readShareFragment(fragment, native, looksLikePolicy)).toEqual({ ok: true, value: recipe });
    expect(await readShareFragment('r1z.AAAA', native, looksLikePolicy)).toMatchObject({ error: { code: 'link-invalid' } });
  });

  it('is refused when it would be too long', async () => {
    const prompt = Array.from({ length: 9000 }, (_, index) => String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000))).join('');
    expect(await writeShareFragment({ ...recipe, prompt }, deflate)).toMatchObject({ error: { code: 'too-large' } });
    expect(await readShareFragment(`r1.${'A'.repeat(MAX_FRAGMENT_LENGTH)}`, null, looksLikePolicy)).toMatchObject({ error: { code: 'too-large' } });
  });

  it('is refused when it expands without end', async () => {
    const bomb = base64urlEncode(deflateRawSync(new Uint8Array(MAX_RECIPE_BYTES * 20)));
    expect(bomb.length).toBeLessThan(MAX_FRAGMENT_LENGTH);
    expect(await readShareFragment(`r1z.${bomb}`, deflate, looksLikePolicy)).toMatchObject({ error: { code: 'link-invalid' } });
    const careless: Deflate = { ...deflate, expand: async (bytes) => inflateRawSync(bytes) };
    expect(await readShareFragment(`r1z.${bomb}`, careless, looksLikePolicy)).toMatchObject({ error: { code: 'too-large' } });
  });

  it.each([
    ['', 'link-invalid'],
    ['r2.AAAA', 'link-invalid'],
    ['r1.%%%%', 'link-invalid'],
    ['r1.', 'recipe-invalid'],
    ['r1._w', 'text-invalid'],
    ['r1.e30', 'recipe-invalid'],
    ['r1z.____', 'link-invalid'],
  ])('%j is refused as %s', async (fragment, code) => {
    expect(await readShareFragment(fragment, deflate, looksLikePolicy)).toMatchObject({ ok: false, error: { code } });
  });

  it('is told from other fragments', () => {
    expect(isShareFragment('#r2z.AAAA')).toBe(true);
    for (const other of ['', '#', '#gallery', 'r.', 'seed=1.2']) expect(isShareFragment(other)).toBe(false);
  });
});
