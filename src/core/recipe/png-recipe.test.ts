import { readFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { PngChunk } from './png-chunks.ts';
import { joinPngChunks, makePngChunk, readPngChunks } from './png-chunks.ts';
import { readPngRecipe, RECIPE_KEYWORD, writePngRecipe } from './png-recipe.ts';
import { looksLikePolicy, recipe } from './test-support/recipes.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const header = makePngChunk('IHDR', Uint8Array.from([0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0]));
const [pixels, morePixels] = [makePngChunk('IDAT', deflateSync(new Uint8Array(6))), makePngChunk('IDAT', new Uint8Array(0))];
const end = makePngChunk('IEND', new Uint8Array(0));
const palette = makePngChunk('PLTE', new Uint8Array(3));
const picture = joinPngChunks([header, palette, pixels, morePixels, end]);

function written(png: Uint8Array): Uint8Array {
  const outcome = writePngRecipe(png, recipe);
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
}
const read = (png: Uint8Array): unknown => readPngRecipe(png, looksLikePolicy);
const recipeChunk = (tail: string): PngChunk => makePngChunk('iTXt', bytes(`${RECIPE_KEYWORD}${tail}`));

describe('a recipe in a PNG', () => {
  it('comes back, before the pixels, with the rest untouched', () => {
    const png = written(picture);
    expect(read(png)).toEqual({ ok: true, value: recipe });
    const chunks = readPngChunks(png);
    expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'PLTE', 'iTXt', 'IDAT', 'IDAT', 'IEND']);
    expect(joinPngChunks(chunks.filter(({ type }) => type !== 'iTXt'))).toEqual(picture);
  });

  it('replaces an older one and leaves other texts', () => {
    const other = makePngChunk('iTXt', bytes('Title\0\0\0\0\0budcache-recipe'));
    const old = joinPngChunks([header, other, pixels, recipeChunk('\0\0\0\0\0old'), end]);
    const png = written(written(old));
    expect(read(png)).toEqual({ ok: true, value: recipe });
    expect(readPngChunks(png).map(({ type }) => type)).toEqual(['IHDR', 'iTXt', 'iTXt', 'IDAT', 'IEND']);
  });

  it('is read from what Pillow wrote, and replaced there', async () => {
    const png = await readFile(new URL('fixtures/pillow.png', import.meta.url));
    expect(read(png)).toMatchObject({ ok: true, value: { prompt: 'Füchse — 狐', seed: 7, policy: 'NFE 4' } });
    expect(read(written(png))).toEqual({ ok: true, value: recipe });
  });

  it('is read from a view into a larger buffer', () => {
    const png = written(picture);
    const padded = new Uint8Array(png.length + 9);
    padded.set(png, 5);
    expect(read(padded.subarray(5, 5 + png.length))).toEqual({ ok: true, value: recipe });
  });

  it('is missed in a sound picture without one', () => {
    expect(read(picture)).toMatchObject({ error: { code: 'recipe-missing' } });
    const longer = joinPngChunks([header, makePngChunk('iTXt', bytes(`${RECIPE_KEYWORD}s\0\0\0\0\0{}`)), pixels, end]);
    expect(read(longer)).toMatchObject({ error: { code: 'recipe-missing' } });
  });

  it.each<[string, PngChunk[]]>([
    ['compressed', [recipeChunk('\0\u0001\0\0\0{}')]],
    ['cut short', [recipeChunk('\0\0\0en')]],
    ['nothing but its name', [recipeChunk('\0')]],
    ['no JSON', [recipeChunk('\0\0\0\0\0{')]],
    ['there twice', [recipeChunk('\0\0\0\0\0{}'), recipeChunk('\0\0\0\0\0{}')]],
  ])('is refused when it is %s', (_, chunks) => {
    expect(read(joinPngChunks([header, ...chunks, pixels, end]))).toMatchObject({ error: { code: 'recipe-invalid' } });
  });
});

describe('a broken PNG', () => {
  const changed = (offset: number, value: number): Uint8Array => Uint8Array.from(picture, (byte, index) => (index === offset ? value : byte));

  it.each<[string, Uint8Array]>([
    ['is empty', new Uint8Array(0)],
    ['is a JPEG', Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 16])],
    ['has a changed pixel', changed(70, 0x55)],
    ['has a hostile length', changed(8, 0xff)],
    ['has a part without a name', changed(12, 0x20)],
    ['goes on after its end', Uint8Array.from([...picture, 0])],
    ['has no start', joinPngChunks([pixels, end])],
    ['has two starts', joinPngChunks([header, header, pixels, end])],
    ['has a short start', joinPngChunks([makePngChunk('IHDR', new Uint8Array(3)), pixels, end])],
    ['has no pixels', joinPngChunks([header, end])],
    ['has pixels apart', joinPngChunks([header, pixels, palette, pixels, end])],
    ['has an end with content', joinPngChunks([header, pixels, makePngChunk('IEND', new Uint8Array(1))])],
  ])('is refused when it %s', (_, png) => {
    expect(png).not.toEqual(picture);
    expect(read(png)).toMatchObject({ ok: false, error: { code: 'png-invalid' } });
    expect(writePngRecipe(png, recipe)).toMatchObject({ ok: false, error: { code: 'png-invalid' } });
  });

  it('is refused cut at any length', () => {
    const png = written(picture);
    for (let length = 0; length < png.length; length += 1) {
      expect(read(png.subarray(0, length))).toMatchObject({ error: { code: 'png-invalid' } });
    }
  });

  it('is refused with very many parts', () => {
    const many = Array.from({ length: 25_000 }, () => palette);
    expect(read(joinPngChunks([header, ...many, pixels, end]))).toMatchObject({ error: { code: 'too-large' } });
  });
});
