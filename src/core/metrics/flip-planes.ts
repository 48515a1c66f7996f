/** Planes of numbers and what FLIP does to them: sums with a window along rows and columns, edges repeated. */

/** Row by row. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** Weights of one row of a window, of odd length, the middle one over the pixel. */
export type Window = readonly number[];

/** A window that is the product of one along the row and one along the column, as every window of FLIP is. */
export interface SeparableWindow {
  readonly alongRow: Window;
  readonly alongColumn: Window;
}

/** The places of a window, as in −2, −1, 0, 1, 2. */
export const placesWithin = (radius: number): number[] => Array.from({ length: 2 * radius + 1 }, (_, index) => index - radius);

export const filterPlane = (plane: Plane, { alongRow, alongColumn }: SeparableWindow): Plane =>
  filterColumns(filterRows(plane, alongRow), alongColumn);

function filterRows({ width, height, values }: Plane, window: Window): Plane {
  const result = new Float32Array(values.length);
  const slide = slider(width, window);
  for (let row = 0; row < height; row++) slide(values, result, row * width, 1);
  return { width, height, values: result };
}

function filterColumns({ width, height, values }: Plane, window: Window): Plane {
  const result = new Float32Array(values.length);
  const slide = slider(height, window);
  for (let column = 0; column < width; column++) slide(values, result, column, width);
  return { width, height, values: result };
}

/** Filters one line of `length` values that lie `stride` apart from `start` on; its ends are repeated beyond them. */
function slider(length: number, window: Window): (from: Float32Array, to: Float32Array, start: number, stride: number) => void {
  const weights = Float64Array.from(window);
  const radius = (weights.length - 1) / 2;
  const line = new Float64Array(length + 2 * radius);
  return (from, to, start, stride) => {
    const first = from[start] ?? 0;
    const last = from[start + (length - 1) * stride] ?? 0;
    line.fill(first, 0, radius);
    line.fill(last, length + radius);
    for (let place = 0; place < length; place++) line[place + radius] = from[start + place * stride] ?? 0;
    for (let place = 0; place < length; place++) {
      let sum = 0;
      for (let offset = 0; offset < weights.length; offset++) sum += (weights[offset] ?? 0) * (line[place + offset] ?? 0);
      to[start + place * stride] = sum;
    }
  };
}
