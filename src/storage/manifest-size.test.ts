import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ZImageManifest } from '../protocol/manifest.ts';
import { parseManifest } from './manifest-schema.ts';
import { manifestAtSize, sizeName, sizesOf } from './manifest-size.ts';
import { goodManifest } from './test-support/good-files.ts';

const manifest = JSON.parse(readFileSync('public/models/micro-z-image/manifest.json', 'utf8')) as ZImageManifest;
const [other] = manifest.otherSizes ?? [];

describe('manifestAtSize', () => {
  test('is the manifest as if written for that size, and finds back', () => {
    const wide = manifestAtSize(manifest, '128×192');
    expect(wide).toMatchObject({ binding: other?.binding, image: { width: 128, height: 192 }, id: manifest.id, weights: manifest.weights });
    expect(wide === null ? null : parseManifest(wide)).toMatchObject({ ok: true });
    expect(wide === null ? null : manifestAtSize(wide, '128×128')).toEqual(manifest);
  });

  test('is nothing for a size the bundle lacks', () => {
    expect(manifestAtSize(manifest, '64×64')).toBeNull();
    expect(manifestAtSize(goodManifest(), '64×64')).toBeNull();
    expect(manifestAtSize(goodManifest(), '32×32')).toEqual(goodManifest());
  });
});

test('sizes are named width first, the bundle’s own at the head', () => {
  expect(sizesOf(manifest).map(({ image }) => sizeName(image))).toEqual(['128×128', '128×192']);
});

test.each<[string, Partial<ZImageManifest>, RegExp]>([
  ['a residual of other tokens', { residual: { ...manifest.residual, tokens: 9 } }, /^residual\.tokens: expected 64/],
  ['a residual of another width', { residual: { ...manifest.residual, channels: 9 } }, /^residual: the cached graph takes \[1, 64, 64\]/],
  ['captions that leave slots over', { caption: { ...manifest.caption, multiple: 48 } }, /^caption\.multiple/],
  ['fewer slots than tokens', { caption: { ...manifest.caption, slots: 32 } }, /^caption\.slots: expected 64/],
  ['a wrong further size', { otherSizes: [{ ...(other as NonNullable<typeof other>), image: { width: 8, height: 8 } }] }, /^otherSizes\.0\.image: expected 128 × 192/],
])('a manifest is refused for %s', (_, change, message) => {
  const error: unknown = { code: 'model-invalid', message: expect.stringMatching(message) };
  expect(parseManifest({ ...manifest, ...change })).toMatchObject({ ok: false, error });
});
