/** The sampler's latents → picture, through the VAE decoder. */
import { unscaleLatents } from '../../src/core/sampling/latent-packing.ts';
import type { RgbaPicture } from '../../src/protocol/engine.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { floatOutput } from './graph-io.ts';
import type { GraphRunner } from './graph-runner.ts';
import { toSpatial } from './latent-layout.ts';

const OPAQUE = 255;

export async function decodeLatents(runner: GraphRunner, manifest: Manifest, latents: Float32Array): Promise<RgbaPicture> {
  const { channels, height, width } = manifest.latent;
  const data = unscaleLatents(toSpatial(latents, manifest), manifest.vae);
  const outputs = await runner.run('vaeDecoder', { latents: { data, dims: [1, channels, height, width] } });
  return toRgba(floatOutput(outputs, 'image').data, manifest.image);
}

/** [1, 3, height, width] in [-1, 1] → 8-bit RGBA, clamped and rounded as diffusers does. */
export function toRgba(image: Float32Array, { width, height }: Manifest['image']): RgbaPicture {
  const pixels = width * height;
  if (image.length !== 3 * pixels) throw new RangeError(`${image.length} values are no ${width} × ${height} picture`);
  // Clamps, and rounds halves to even as numpy does.
  const data = new Uint8ClampedArray(4 * pixels);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      data[4 * pixel + channel] = ((image[channel * pixels + pixel] ?? Number.NaN) / 2 + 0.5) * 255;
    }
    data[4 * pixel + 3] = OPAQUE;
  }
  return { width, height, data };
}
