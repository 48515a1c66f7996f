/**
 * Golden (numpy 2): a, b random 14 × 17 RGBA pictures, b = a with noise of ±25;
 *   luma = p[..., :3] / 255 @ [.299, .587, .114]; w = outer(g, g) / sum, g = exp(-(arange(11) - 5)² / 4.5)
 *   x, y = sliding_window_view(luma, (11, 11)); means, variances and covariance weighted by w in each window, two passes
 *   ssim = mean((2·mx·my + 1e-4)(2·cov + 9e-4) / ((mx² + my² + 1e-4)(vx + vy + 9e-4))); psnrDb = -10·log10(mean(((a - b)[..., :3] / 255)²))
 */
import { describe, expect, it } from 'vitest';
import golden from './picture.golden.json';
import { ssim } from './ssim.ts';

const { width, height } = golden;
const reference = { width, height, data: golden.reference };
const candidate = { width, height, data: golden.candidate };

describe('ssim', () => {
  it('agrees with numpy', () => {
    expect(ssim(reference, candidate)).toBeCloseTo(golden.ssim, 9);
  });

  it('is 1 for equal pictures', () => {
    expect(ssim(reference, reference)).toBeCloseTo(1, 12);
  });

  it('falls to the constants’ ratio for a black and a white picture', () => {
    const flat = (level: number) => ({ width: 11, height: 11, data: new Uint8ClampedArray(11 * 11 * 4).fill(level) });
    expect(ssim(flat(0), flat(255))).toBeCloseTo(1e-4 / 1.0001, 9);
  });

  it('refuses a picture smaller than its window', () => {
    const small = { width: 10, height: 11, data: new Uint8ClampedArray(440) };
    expect(() => ssim(small, small)).toThrow('at least 11');
  });
});
