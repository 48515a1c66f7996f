/** Puts pictures on canvases and into files. */
import { torchRandn } from '../../core/rng/torch-randn.ts';
import type { RgbaPicture } from '../../protocol/engine.ts';
import type { Manifest } from '../../protocol/manifest.ts';

/** Enough for a 640 px wide picture on a screen of 1.5 device pixels. */
const SHOWN_SIZE = 1024;

/**
 * Draws the picture at a whole multiple of its size with the canvas's cubic filter. The model's 128 pixels a
 * side are then smooth: the browser's own scaling is bilinear, which shows every pixel as a diamond, and
 * `pixelated` turns a render into blocks.
 */
export function drawEnlarged(canvas: HTMLCanvasElement, picture: RgbaPicture): void {
  const factor = Math.max(1, Math.floor(SHOWN_SIZE / Math.max(picture.width, picture.height)));
  canvas.width = picture.width * factor;
  canvas.height = picture.height * factor;
  canvas.classList.remove('is-exact');
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  context.drawImage(unscaled(picture), 0, 0, canvas.width, canvas.height);
}

/** Draws the picture's own pixels, one canvas pixel each, which the page then shows as squares. */
export function drawExact(canvas: HTMLCanvasElement, picture: RgbaPicture): void {
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.classList.add('is-exact');
  canvas.getContext('2d')?.putImageData(new ImageData(picture.data, picture.width, picture.height), 0, 0);
}

/** Soft enough to be the ground of a text on light and dark alike. */
const NOISE_CONTRAST = 34;
const NOISE_ALPHA = 70;

/** The first three channels of the seed's own starting noise as red, green and blue, one pixel a latent. */
export function drawNoise(canvas: HTMLCanvasElement, seed: number, latent: Manifest['latent']): void {
  const { channels, width, height } = latent;
  const area = width * height;
  const noise = torchRandn(seed, channels * area);
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < area; pixel += 1) {
    for (let colour = 0; colour < 3; colour += 1) {
      image.data[pixel * 4 + colour] = 128 + NOISE_CONTRAST * (noise[colour * area + pixel] ?? 0);
    }
    image.data[pixel * 4 + 3] = NOISE_ALPHA;
  }
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}

/** The picture's own pixels as a PNG. */
export const encodePng = (picture: RgbaPicture): Promise<Blob> => unscaled(picture).convertToBlob({ type: 'image/png' });

function unscaled({ data, width, height }: RgbaPicture): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0);
  return canvas;
}
