/** FLIP's errors as a picture: dark where nothing can be seen, through violet and orange to pale yellow. */

/** Evenly spaced colours of matplotlib's magma (CC0), on which the paper shows its maps. */
const MAGMA: readonly (readonly [number, number, number])[] = [
  [0, 0, 4],
  [28, 16, 68],
  [79, 18, 123],
  [129, 37, 129],
  [181, 54, 122],
  [229, 80, 100],
  [251, 135, 97],
  [254, 194, 135],
  [252, 253, 191],
];

/** @param map on [0, 1], row by row. @returns RGBA. */
export function flipMapToRgba(map: Float32Array): Uint8ClampedArray<ArrayBuffer> {
  const data = new Uint8ClampedArray(4 * map.length).fill(255);
  const last = MAGMA.length - 1;
  for (const [pixel, error] of map.entries()) {
    const place = Math.min(Math.max(error, 0), 1) * last;
    const index = Math.min(Math.floor(place), last - 1);
    for (let channel = 0; channel < 3; channel++) {
      const [low = 0, high = 0] = [MAGMA[index]?.[channel], MAGMA[index + 1]?.[channel]];
      data[4 * pixel + channel] = low + (high - low) * (place - index);
    }
  }
  return data;
}
