/** The picture golden is in ssim.test.ts's header. */
import { describe, expect, it } from 'vitest';
import golden from './picture.golden.json';
import { latentPsnrDb, picturePsnrDb } from './psnr.ts';

describe('latentPsnrDb', () => {
  it('takes the reference’s range as the peak', () => {
    // Peak 4 − (−1) = 5, MSE 0.25: 10·log10(25 / 0.25) = 20 dB.
    const reference = Float32Array.of(-1, 4, 0, 2);
    expect(latentPsnrDb(reference, reference.map((value) => value + 0.5))).toBeCloseTo(20, 10);
  });

  it('is infinite for equal latents', () => {
    expect(latentPsnrDb(Float32Array.of(0, 1), Float32Array.of(0, 1))).toBe(Infinity);
  });
});

describe('picturePsnrDb', () => {
  const { width, height } = golden;

  it('agrees with numpy', () => {
    const value = picturePsnrDb({ width, height, data: golden.reference }, { width, height, data: golden.candidate });
    expect(value).toBeCloseTo(golden.psnrDb, 9);
  });

  it('does not look at alpha', () => {
    const data = [10, 20, 30, 255];
    expect(picturePsnrDb({ width: 1, height: 1, data }, { width: 1, height: 1, data: [10, 20, 30, 0] })).toBe(Infinity);
  });

  it('refuses pictures of two sizes', () => {
    const data = new Uint8ClampedArray(8);
    expect(() => picturePsnrDb({ width: 2, height: 1, data }, { width: 1, height: 2, data })).toThrow('2 × 1 with 1 × 2');
  });

  it('refuses data that is not the size it says', () => {
    const data = new Uint8ClampedArray(5);
    expect(() => picturePsnrDb({ width: 1, height: 1, data }, { width: 1, height: 1, data })).toThrow(RangeError);
  });
});
