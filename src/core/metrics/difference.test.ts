import { expect, it } from 'vitest';
import { amplifiedDifference } from './difference.ts';

const dot = (...data: number[]) => ({ width: 1, height: 1, data });

it('multiplies each colour’s distance, either way, and stays opaque', () => {
  expect([...amplifiedDifference(dot(10, 20, 30, 255), dot(13, 18, 30, 0), 8)]).toEqual([24, 16, 0, 255]);
});

it('ends at white', () => {
  expect([...amplifiedDifference(dot(0, 100, 0, 255), dot(255, 0, 3, 255), 64)]).toEqual([255, 255, 192, 255]);
});

it('refuses pictures of two sizes', () => {
  expect(() => amplifiedDifference(dot(0, 0, 0, 0), { width: 2, height: 1, data: new Uint8Array(8) }, 1)).toThrow(RangeError);
});
