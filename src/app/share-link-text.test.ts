import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readShareFragment } from '../core/recipe/share-link.ts';
import { goodEntry } from '../storage/test-support/gallery-entries.ts';
import { parsePolicyFile } from '../storage/policy-file.ts';
import { browserDeflate } from './share-deflate.ts';
import { shareLinkOf } from './share-link-text.ts';

const site = new URL('https://site.example/studio/');
const { recipe } = goodEntry();

async function linkOf(given: typeof recipe) {
  const link = await shareLinkOf(given, site);
  if (!link.ok) throw new Error(link.error.message);
  return { ...link.value, url: new URL(link.value.href) };
}

test('a link names the model in its query, hides the recipe in its fragment, and brings all of it back', async () => {
  const { url, hasPolicy } = await linkOf(recipe);
  expect(url.href).toMatch(/^https:\/\/site\.example\/studio\/\?model=tiny#r1z\./);
  expect(hasPolicy).toBe(true);
  expect(await readShareFragment(url.hash, browserDeflate, parsePolicyFile)).toEqual({ ok: true, value: recipe });
});

test('a policy that is too large is only named', async () => {
  const stepCount = 1000;
  const sigmas = Array.from({ length: stepCount + 1 }, (_, step) => (1 - step / stepCount) ** 1.37);
  const policy = { ...goodEntry().recipe.policy, name: 'Long', stepCount, sigmas, computedSteps: [0] };
  const checked = parsePolicyFile(policy);
  if (!checked.ok) throw new Error(checked.error.message);
  const { url, hasPolicy } = await linkOf({ ...recipe, stepCount, policy: checked.value });
  expect(hasPolicy).toBe(false);
  expect(await readShareFragment(url.hash, browserDeflate, parsePolicyFile)).toMatchObject({ ok: true, value: { policy: 'Long' } });
});

test('a prompt that is too long is refused', async () => {
  const prompt = Array.from({ length: 9000 }, (_, index) => String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000))).join('');
  expect(await shareLinkOf({ ...recipe, prompt }, site)).toMatchObject({ ok: false, error: { code: 'too-large' } });
});

test('a link that expands without end is given up early', async () => {
  const bomb = deflateRawSync(new Uint8Array(5_000_000)).toString('base64url');
  expect(bomb.length).toBeLessThan(7990);
  expect(await readShareFragment(`#r1z.${bomb}`, browserDeflate, parsePolicyFile)).toMatchObject({ ok: false, error: { code: 'link-invalid' } });
  expect(await browserDeflate?.expand(new Uint8Array(deflateRawSync(new Uint8Array(10))), 10)).toEqual(new Uint8Array(10));
  await expect(browserDeflate?.expand(new Uint8Array(deflateRawSync(new Uint8Array(11))), 10)).rejects.toThrow('More than 10');
});
