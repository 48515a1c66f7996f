import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseManifest } from './manifest-schema.ts';
import { goodManifest } from './test-support/good-files.ts';

test('accepts a manifest, and drops fields of later versions', () => {
  expect(parseManifest({ ...goodManifest(), addedLater: true })).toEqual({ ok: true, value: goodManifest() });
});

const bundles = readdirSync('public/models').filter((name) => existsSync(`public/models/${name}/manifest.json`));

test.each(bundles)('accepts the shipped bundle %s', (id) => {
  const parsed = parseManifest(JSON.parse(readFileSync(`public/models/${id}/manifest.json`, 'utf8')));
  expect(parsed).toMatchObject({ ok: true, value: { id } });
});

const good = goodManifest();
const garbled: readonly (readonly [string, unknown, RegExp])[] = [
  ['nothing', undefined, /^the file: /],
  ['another version', { ...good, formatVersion: 2 }, /^formatVersion: /],
  ['an unknown pipeline', { ...good, pipeline: 'other' }, /^pipeline: /],
  ['a file outside the bundle', withFile('../secret.bin'), /^weights\.all\.file: /],
  ['a file on another host', withFile('https://example.org/x.bin'), /^weights\.all\.file: /],
  ['an absolute file', withFile('/x.bin'), /^weights\.all\.file: /],
  ['weights that are not there', { ...good, weights: {} }, /^components\.\w+\.weights: /],
  ['a wrong token count', { ...good, latent: { ...good.latent, tokens: 5 } }, /^latent\.tokens: expected 4/],
  ['a patch that does not divide', { ...good, latent: { ...good.latent, patch: 3 } }, /^latent\.patch: /],
  ['wrong token channels', { ...good, latent: { ...good.latent, tokenChannels: 16 } }, /^latent\.tokenChannels: /],
  ['a picture of another size', { ...good, image: { width: 64, height: 32 } }, /^image: expected 32 × 32/],
  ['a guidance out of its range', { ...good, guidance: { ...good.guidance, default: 9 } }, /^guidance: /],
  ['preview colours for other channels', { ...good, preview: { matrix: [[1], [1, 2, 3, 4], [1]], bias: [0, 0, 0] } }, /^preview\.matrix\.\d: expected/],
  ['a missing component', { ...good, components: { ...good.components, cached: undefined } }, /^components\.cached/],
];

function withFile(file: string): unknown {
  return { ...good, weights: { all: { ...good.weights['all'], file } } };
}

test.each(garbled)('refuses %s', (_, value, message) => {
  const parsed = parseManifest(value);
  const error: unknown = { code: 'model-invalid', message: expect.stringMatching(message) };
  expect(parsed).toMatchObject({ ok: false, error });
});
