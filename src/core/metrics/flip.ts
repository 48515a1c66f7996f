/**
 * FLIP: a difference evaluator for alternating images (Andersson, Nilsson, Akenine-Möller, Oskarsson, Åström &
 * Fairchild, 2020), the version for displayable pictures (LDR-FLIP): how much two pictures differ to someone who
 * flips between them, at each pixel from 0 (cannot be seen) to 1.
 */
import { linearFromSrgb, ycxczFromLinear } from './flip-colour.ts';
import { colourErrors } from './flip-colour-error.ts';
import { featureErrors } from './flip-features.ts';
import type { Plane } from './flip-planes.ts';
import type { RgbaPixels } from './rgba-pixels.ts';
import { requireSameSize } from './rgba-pixels.ts';

/** The paper's viewer: 0.7 m from a screen 0.7 m wide with 3840 pixels, one for each of the picture's. */
export const PIXELS_PER_DEGREE = (0.7 * 3840) / 0.7 / (180 / Math.PI);

export interface FlipResult {
  /** Row by row, on [0, 1]. */
  readonly map: Float32Array<ArrayBuffer>;
  readonly mean: number;
}

/** Alpha does not count. Symmetric. @throws RangeError for pictures that are malformed or of two sizes. */
export function flip(reference: RgbaPixels, candidate: RgbaPixels, pixelsPerDegree: number = PIXELS_PER_DEGREE): FlipResult {
  requireSameSize(reference, candidate);
  if (!(pixelsPerDegree > 0)) throw new RangeError(`${pixelsPerDegree} pixels per degree cannot be seen.`);
  const [a, b] = [opponentPlanes(reference), opponentPlanes(candidate)];
  const colour = colourErrors(a, b, pixelsPerDegree);
  const features = featureErrors(a[0], b[0], pixelsPerDegree);
  const map = new Float32Array(colour.length);
  let sum = 0;
  for (let pixel = 0; pixel < map.length; pixel++) {
    // Where features differ, a difference of colour weighs more.
    const combined = (colour[pixel] ?? 0) ** (1 - (features[pixel] ?? 0));
    map[pixel] = combined;
    sum += combined;
  }
  return { map, mean: sum / map.length };
}

const LINEAR_LEVELS = Float64Array.from({ length: 256 }, (_, level) => linearFromSrgb(level / 255));

function opponentPlanes({ width, height, data }: RgbaPixels): readonly [Plane, Plane, Plane] {
  const plane = (): Plane => ({ width, height, values: new Float32Array(width * height) });
  const planes = [plane(), plane(), plane()] as const;
  const level = (index: number): number => LINEAR_LEVELS[data[index] ?? 0] ?? 0;
  for (let pixel = 0; pixel < width * height; pixel++) {
    const colour = ycxczFromLinear([level(4 * pixel), level(4 * pixel + 1), level(4 * pixel + 2)]);
    for (const [channel, { values }] of planes.entries()) values[pixel] = colour[channel] ?? 0;
  }
  return planes;
}
