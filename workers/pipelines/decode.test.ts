import { describe, expect, it } from 'vitest';
import { toRgba } from './decode.ts';

describe('toRgba', () => {
  it('maps [-1, 1] to [0, 255], clamps, and interleaves the channels', () => {
    const red = [-1, 1];
    const green = [0, 1.7];
    const blue = [-3, 0.5];
    const picture = toRgba(new Float32Array([...red, ...green, ...blue]), { width: 2, height: 1 });
    expect([...picture.data]).toEqual([0, 128, 0, 255, 255, 255, 191, 255]);
    expect([picture.width, picture.height]).toEqual([2, 1]);
  });

  it('refuses a picture of another size', () => {
    expect(() => toRgba(new Float32Array(5), { width: 2, height: 1 })).toThrow(RangeError);
  });
});
