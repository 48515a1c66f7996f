/** Peak signal-to-noise ratio in dB; Infinity for equal inputs. */
import { meanSquaredError } from './mse.ts';
import type { RgbaPixels } from './rgba-pixels.ts';
import { requireSameSize } from './rgba-pixels.ts';

export const psnrDb = (peak: number, mse: number): number => 10 * Math.log10((peak * peak) / mse);

/** Of a full run's final latents: their largest minus their smallest value. */
export function latentPeak(reference: Float32Array): number {
  let smallest = Infinity;
  let largest = -Infinity;
  for (const value of reference) {
    smallest = Math.min(smallest, value);
    largest = Math.max(largest, value);
  }
  return largest - smallest;
}

/** Of final latents, with the reference's peak. */
export const latentPsnrDb = (reference: Float32Array, candidate: Float32Array): number =>
  psnrDb(latentPeak(reference), meanSquaredError(reference, candidate));

/** Of pictures: red, green and blue on [0, 1], peak 1; alpha does not count. */
export function picturePsnrDb(reference: RgbaPixels, candidate: RgbaPixels): number {
  requireSameSize(reference, candidate);
  let sum = 0;
  let count = 0;
  for (let index = 0; index < reference.data.length; index++) {
    if (index % 4 === 3) continue;
    sum += (((reference.data[index] ?? Number.NaN) - (candidate.data[index] ?? Number.NaN)) / 255) ** 2;
    count += 1;
  }
  return psnrDb(1, sum / count);
}
