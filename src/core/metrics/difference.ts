/** The plain difference of two pictures, made visible. */
import type { RgbaPixels } from './rgba-pixels.ts';
import { requireSameSize } from './rgba-pixels.ts';

/** |reference − candidate| · gain in each of red, green and blue; black where they are equal. @returns RGBA, opaque. */
export function amplifiedDifference(reference: RgbaPixels, candidate: RgbaPixels, gain: number): Uint8ClampedArray<ArrayBuffer> {
  requireSameSize(reference, candidate);
  const data = new Uint8ClampedArray(reference.data.length).fill(255);
  for (let index = 0; index < data.length; index++) {
    if (index % 4 === 3) continue;
    data[index] = Math.abs((reference.data[index] ?? 0) - (candidate.data[index] ?? 0)) * gain;
  }
  return data;
}
