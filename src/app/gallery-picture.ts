/** Pictures to files and back: the PNG with its recipe inside, a thumbnail, and the pixels again. */
import { writePngRecipe } from '../core/recipe/png-recipe.ts';
import type { Recipe } from '../core/recipe/recipe.ts';
import type { RgbaPicture } from '../protocol/engine.ts';
import type { Outcome } from '../protocol/errors.ts';
import { toFailure } from '../protocol/errors.ts';
import { encodePng } from './views/draw-picture.ts';

/** Sharp in a tile of a hundred pixels on a screen of two device pixels. */
const THUMBNAIL_SIDE = 208;
const THUMBNAIL_QUALITY = 0.86;

export interface PictureFiles {
  /** With the recipe as an iTXt chunk. */
  readonly png: Blob;
  readonly thumbnail: Blob;
}

/** The picture's own pixels, and all that makes them again. */
export async function pngWithRecipe(picture: RgbaPicture, recipe: Recipe): Promise<Outcome<Blob>> {
  try {
    const plain = new Uint8Array(await (await encodePng(picture)).arrayBuffer());
    const written = writePngRecipe(plain, recipe);
    if (!written.ok) return { ok: false, error: { code: 'internal', message: written.error.message } };
    return { ok: true, value: new Blob([written.value], { type: 'image/png' }) };
  } catch (error) {
    return { ok: false, error: toFailure(error) };
  }
}

export async function pictureFiles(picture: RgbaPicture, recipe: Recipe): Promise<Outcome<PictureFiles>> {
  const png = await pngWithRecipe(picture, recipe);
  if (!png.ok) return png;
  try {
    return { ok: true, value: { png: png.value, thumbnail: await thumbnailOf(png.value, picture) } };
  } catch (error) {
    return { ok: false, error: toFailure(error) };
  }
}

async function thumbnailOf(png: Blob, { width, height }: RgbaPicture): Promise<Blob> {
  const scale = Math.min(1, THUMBNAIL_SIDE / Math.max(width, height));
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  const canvas = new OffscreenCanvas(size.width, size.height);
  const small = await createImageBitmap(png, { resizeWidth: size.width, resizeHeight: size.height, resizeQuality: 'high' });
  canvas.getContext('2d')?.drawImage(small, 0, 0);
  small.close();
  // Browsers that cannot write WebP write PNG instead.
  return canvas.convertToBlob({ type: 'image/webp', quality: THUMBNAIL_QUALITY });
}

/** Exactly the pixels that were encoded: they are opaque, and nothing converts their colours. */
export async function readPicture(png: Blob): Promise<Outcome<RgbaPicture>> {
  try {
    const bitmap = await createImageBitmap(png, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    bitmap.close();
    const data = context?.getImageData(0, 0, width, height).data;
    if (data === undefined) return { ok: false, error: { code: 'internal', message: 'The browser gives no canvas.' } };
    return { ok: true, value: { width, height, data: new Uint8ClampedArray(data) } };
  } catch (error) {
    return { ok: false, error: { code: 'picture-invalid', message: error instanceof Error ? error.message : String(error) } };
  }
}
