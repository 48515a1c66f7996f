import { describe, expect, it } from 'vitest';
import { widenHalves } from './widen.ts';

/** float32 bit patterns of the given half bit patterns. */
function widenedBits(halves: readonly number[]): number[] {
  const widened = widenHalves(new Uint8Array(new Uint16Array(halves).buffer));
  return [...new Uint32Array(widened.buffer)];
}

function widenedValues(halves: readonly number[]): number[] {
  const widened = widenHalves(new Uint8Array(new Uint16Array(halves).buffer));
  return [...new Float32Array(widened.buffer)];
}

describe('widenHalves', () => {
  it('widens normal numbers exactly', () => {
    expect(widenedValues([0x3c00, 0xc000, 0x3555, 0x7bff, 0x0400])).toEqual([
      1, -2, 0.333251953125, 65504, 2 ** -14,
    ]);
  });

  it('widens subnormals exactly', () => {
    expect(widenedValues([0x0001, 0x8001, 0x0002, 0x0200, 0x03ff])).toEqual([
      2 ** -24, -(2 ** -24), 2 ** -23, 2 ** -15, 1023 * 2 ** -24,
    ]);
  });

  it('keeps zeros signed, infinities infinite and NaN not a number', () => {
    expect(widenedBits([0x0000, 0x8000, 0x7c00, 0xfc00])).toEqual([0, 0x80000000, 0x7f800000, 0xff800000]);
    expect(widenedValues([0x7e00, 0xfe01, 0x7c01]).every(Number.isNaN)).toBe(true);
  });

  it('agrees with the format’s definition on every finite half', () => {
    const halves = Array.from({ length: 1 << 16 }, (_, half) => half).filter((half) => (half & 0x7c00) !== 0x7c00);
    const expected = halves.map((half) => {
      const sign = half & 0x8000 ? -1 : 1;
      const exponent = (half >>> 10) & 0x1f;
      const mantissa = half & 0x3ff;
      return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1 + mantissa / 1024) * 2 ** (exponent - 15));
    });
    expect(widenedValues(halves)).toEqual(expected);
  });

  it('reads a blob that starts at an odd byte', () => {
    const shifted = new Uint8Array([0xff, 0x00, 0x3c, 0x00, 0xc0]).subarray(1);
    expect([...new Float32Array(widenHalves(shifted).buffer)]).toEqual([1, -2]);
  });

  it('refuses half a half', () => {
    expect(() => widenHalves(new Uint8Array(3))).toThrow(RangeError);
  });
});
