/**
 * SSIM (Wang, Bovik, Sheikh & Simoncelli, 2004) on luma (0.299 R + 0.587 G + 0.114 B) in [0, 1]:
 * 11 × 11 Gaussian window of σ 1.5, K1 = 0.01, K2 = 0.03, mean over the places where the window lies inside.
 */
import type { RgbaPixels } from './rgba-pixels.ts';
import { requireSameSize } from './rgba-pixels.ts';

const WINDOW = 11;
const WINDOW_SIGMA = 1.5;
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

interface Plane {
  readonly width: number;
  readonly height: number;
  readonly values: Float64Array;
}

/** 1 for equal pictures. Both sides of the pictures are at least 11 pixels. */
export function ssim(reference: RgbaPixels, candidate: RgbaPixels): number {
  requireSameSize(reference, candidate);
  if (reference.width < WINDOW || reference.height < WINDOW) throw new RangeError(`SSIM needs at least ${WINDOW} × ${WINDOW} pixels.`);
  const x = luma(reference);
  const y = luma(candidate);
  const meanX = blur(x).values;
  const meanY = blur(y).values;
  const squareX = blur(product(x, x)).values;
  const squareY = blur(product(y, y)).values;
  const cross = blur(product(x, y)).values;
  let sum = 0;
  for (const [index, mx] of meanX.entries()) {
    const my = meanY[index] ?? Number.NaN;
    const varianceX = (squareX[index] ?? Number.NaN) - mx * mx;
    const varianceY = (squareY[index] ?? Number.NaN) - my * my;
    const covariance = (cross[index] ?? Number.NaN) - mx * my;
    sum += ((2 * mx * my + C1) * (2 * covariance + C2)) / ((mx * mx + my * my + C1) * (varianceX + varianceY + C2));
  }
  return sum / meanX.length;
}

function luma({ width, height, data }: RgbaPixels): Plane {
  const values = new Float64Array(width * height);
  for (let pixel = 0; pixel < values.length; pixel++) {
    const [red, green, blue] = [data[pixel * 4] ?? 0, data[pixel * 4 + 1] ?? 0, data[pixel * 4 + 2] ?? 0];
    values[pixel] = (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
  }
  return { width, height, values };
}

function product(a: Plane, b: Plane): Plane {
  return { ...a, values: a.values.map((value, index) => value * (b.values[index] ?? Number.NaN)) };
}

const KERNEL: readonly number[] = (() => {
  const centre = (WINDOW - 1) / 2;
  const weights = Array.from({ length: WINDOW }, (_, index) => Math.exp(-((index - centre) ** 2) / (2 * WINDOW_SIGMA ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
})();

/** The Gaussian is separable: along rows, then along columns; the result is smaller by the window's rim. */
const blur = (plane: Plane): Plane => transpose(blurRows(transpose(blurRows(plane))));

function blurRows({ width, height, values }: Plane): Plane {
  const narrow = width - WINDOW + 1;
  const blurred = new Float64Array(narrow * height);
  for (let index = 0; index < blurred.length; index++) {
    const start = Math.floor(index / narrow) * width + (index % narrow);
    blurred[index] = KERNEL.reduce((sum, weight, offset) => sum + weight * (values[start + offset] ?? Number.NaN), 0);
  }
  return { width: narrow, height, values: blurred };
}

function transpose({ width, height, values }: Plane): Plane {
  const turned = values.map((_, index) => values[(index % height) * width + Math.floor(index / height)] ?? Number.NaN);
  return { width: height, height: width, values: turned };
}
