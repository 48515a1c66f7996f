/** Goldens: the authors' flip-evaluator through training/flip_golden.py. The other values follow from the paper. */
import { describe, expect, it } from 'vitest';
import golden from './flip.golden.json';
import { PIXELS_PER_DEGREE, flip } from './flip.ts';
import type { RgbaPixels } from './rgba-pixels.ts';

type Rgb = readonly [number, number, number];

/** A picture of 16 × 12 pixels, coloured by place. */
function picture(colourAt: (x: number, y: number) => Rgb): RgbaPixels {
  const [width, height] = [16, 12];
  const data = Array.from({ length: width * height }, (_, index) => [...colourAt(index % width, Math.floor(index / width)), 255]);
  return { width, height, data: data.flat() };
}

const flat = (colour: Rgb): RgbaPixels => picture(() => colour);
const decoded = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

describe('flip', () => {
  it.each(golden.cases)('agrees with the authors’ own code on $name', ({ width, height, pixelsPerDegree, map, mean, ...files }) => {
    const reference = { width, height, data: decoded(files.reference) };
    const candidate = { width, height, data: decoded(files.candidate) };
    const result = flip(reference, candidate, pixelsPerDegree);
    expect(result.mean).toBeCloseTo(mean, 5);
    const worst = Math.max(...map.map((error, pixel) => Math.abs(error - (result.map[pixel] ?? Number.NaN))));
    expect(worst).toBeLessThan(2e-5);
  });

  it('is 0 everywhere for equal pictures, whatever their alpha', () => {
    const noisy = picture((x, y) => [(x * 37 + y * 11) % 256, (x * y * 7) % 256, (y * 53) % 256]);
    const transparent = { ...noisy, data: Array.from(noisy.data, (value, index) => (index % 4 === 3 ? 0 : value)) };
    expect(flip(noisy, transparent)).toEqual({ map: new Float32Array(16 * 12), mean: 0 });
  });

  it('is the same both ways', () => {
    const a = picture((x, y) => [x * 16, y * 20, 90]);
    const b = picture((x, y) => [x * 14 + 9, y * 18, 130 - x]);
    expect(flip(a, b)).toEqual(flip(b, a));
  });

  it('is 1 between flat green and flat blue, the colours farthest apart', () => {
    expect(flip(flat([0, 255, 0]), flat([0, 0, 255])).mean).toBeCloseTo(1, 5);
  });

  it('is 0.967 between flat black and flat white', () => {
    // HyAB is lightness alone, 100. The largest, of green (87.73, −86.18, 83.18) and blue (32.30, 79.19, −107.86)
    // with chroma times L/100, is 203.29. To the power of 0.7: 25.12 and 41.27; the knee lies at 0.4 · 41.27 = 16.51.
    // 0.95 + 0.05 · (25.12 − 16.51) / (41.27 − 16.51) = 0.967.
    expect(flip(flat([0, 0, 0]), flat([255, 255, 255])).mean).toBeCloseTo(0.967, 3);
  });

  it('grows with the difference', () => {
    const means = [0, 2, 8, 32, 64, 127].map((step) => flip(flat([128, 128, 128]), flat([128 + step, 128, 128 - step])).mean);
    expect(means).toEqual(means.toSorted((a, b) => a - b));
    expect(new Set(means).size).toBe(means.length);
  });

  it('counts a difference more where an edge appears than on a flat ground', () => {
    const grey: Rgb = [120, 120, 120];
    const line = picture((x) => (x === 8 ? [150, 150, 150] : grey));
    const { map } = flip(flat(grey), line);
    const allOver = flip(flat(grey), flat([150, 150, 150])).mean;
    expect(map[6 * 16 + 8]).toBeGreaterThan(0.5 * allOver);
    expect(map[6 * 16]).toBeLessThan(0.05);
  });

  it('sees less of fine noise from farther away', () => {
    const grey = flat([128, 128, 128]);
    const checkers = picture((x, y) => ((x + y) % 2 === 0 ? [138, 138, 138] : [118, 118, 118]));
    const means = [10, 30, PIXELS_PER_DEGREE].map((pixelsPerDegree) => flip(grey, checkers, pixelsPerDegree).mean);
    expect(means).toEqual(means.toSorted((a, b) => b - a));
  });

  it('takes the paper’s viewer as its own', () => {
    expect(PIXELS_PER_DEGREE).toBeCloseTo(67.02, 2);
  });

  it('refuses pictures of two sizes and a screen without pixels', () => {
    const grey = flat([9, 9, 9]);
    expect(() => flip(grey, { width: 12, height: 16, data: grey.data })).toThrow('16 × 12 with 12 × 16');
    expect(() => flip(grey, grey, 0)).toThrow(RangeError);
  });
});
