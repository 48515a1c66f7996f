/**
 * A look at latents without the decoder: each latent pixel's channels to one pixel's colour by a linear map, fitted
 * when the model was exported (training/export/preview_map.py). Coarse, eight times smaller a side than the picture
 * for an 8 × autoencoder, and thousands of times cheaper.
 */
import { unpackLatents } from '../sampling/latent-packing.ts';
import type { LatentShape } from '../sampling/latent-packing.ts';

/** colour = matrix · latents + bias, red, green and blue on [0, 1]. */
export interface PreviewMap {
  /** Three rows, one weight a channel, for latents as the sampler has them (scaled, not the decoder's). */
  readonly matrix: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

export interface PreviewPixels {
  readonly width: number;
  readonly height: number;
  /** RGBA. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** @param latents [1, channels, height, width]. @throws RangeError when map, latents and shape do not fit. */
export function latentsToRgba(
  { matrix, bias }: PreviewMap,
  latents: Float32Array,
  { channels, width, height }: Omit<LatentShape, 'patch'>,
): PreviewPixels {
  const area = width * height;
  if (latents.length !== channels * area) throw new RangeError(`${latents.length} latents are not ${channels} × ${height} × ${width}.`);
  if (matrix.length !== 3 || bias.length !== 3 || matrix.some((row) => row.length !== channels)) {
    throw new RangeError(`The preview map is not 3 × ${channels} with a bias of 3.`);
  }
  // Clamps, and turns what is no number into 0.
  const data = new Uint8ClampedArray(4 * area).fill(255);
  for (const [colour, row] of matrix.entries()) {
    const offset = bias[colour] ?? 0;
    for (let pixel = 0; pixel < area; pixel++) {
      let value = offset;
      for (let channel = 0; channel < channels; channel++) value += (row[channel] ?? 0) * (latents[channel * area + pixel] ?? 0);
      data[4 * pixel + colour] = value * 255;
    }
  }
  return { width, height, data };
}

/** The same for latents packed into tokens, [1, tokens, tokenChannels]. */
export const packedLatentsToRgba = (map: PreviewMap, tokens: Float32Array, shape: LatentShape): PreviewPixels =>
  latentsToRgba(map, unpackLatents(tokens, shape), shape);
