/** FLUX's packing: each square of `patch` × `patch` latents becomes one token; one picture, no batch. */

/** Before packing, [1, channels, height, width]. */
export interface LatentShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Side of the packed square; FLUX: 2. Divides height and width. */
  readonly patch: number;
}

/** [1, channels, height, width] → [1, height/patch · width/patch, channels · patch²]. */
export function packLatents(latents: Float32Array, shape: LatentShape): Float32Array {
  const packed = new Float32Array(latents.length);
  forEachPair(latents.length, shape, (spatial, token) => {
    packed[token] = latents[spatial] ?? Number.NaN;
  });
  return packed;
}

/** The inverse of `packLatents`. */
export function unpackLatents(tokens: Float32Array, shape: LatentShape): Float32Array {
  const latents = new Float32Array(tokens.length);
  forEachPair(tokens.length, shape, (spatial, token) => {
    latents[spatial] = tokens[token] ?? Number.NaN;
  });
  return latents;
}

/** What the VAE decoder takes: latents / scalingFactor + shiftFactor, in float32. */
export function unscaleLatents(latents: Float32Array, vae: { scalingFactor: number; shiftFactor: number }): Float32Array {
  return latents.map((value) => Math.fround(value / vae.scalingFactor) + vae.shiftFactor);
}

/** Calls `visit` with each latent's index in the spatial and in the packed layout. */
function forEachPair(length: number, shape: LatentShape, visit: (spatial: number, token: number) => void): void {
  const { channels, height, width, patch } = shape;
  if (length !== channels * height * width || height % patch !== 0 || width % patch !== 0) {
    throw new RangeError(`${length} latents are not ${channels} × ${height} × ${width} in squares of ${patch}.`);
  }
  let token = 0;
  for (let top = 0; top < height; top += patch) {
    for (let left = 0; left < width; left += patch) {
      for (let channel = 0; channel < channels; channel++) {
        for (let row = top; row < top + patch; row++) {
          for (let column = left; column < left + patch; column++) {
            visit((channel * height + row) * width + column, token);
            token += 1;
          }
        }
      }
    }
  }
}
