import { expect, it } from 'vitest';
import { flipMapToRgba } from './flip-picture.ts';

it('runs from the map’s first colour to its last, always brighter', () => {
  const data = flipMapToRgba(Float32Array.from({ length: 101 }, (_, index) => index / 100));
  expect([...data.subarray(0, 4)]).toEqual([0, 0, 4, 255]);
  expect([...data.subarray(-4)]).toEqual([252, 253, 191, 255]);
  expect([...data.subarray(200, 204)]).toEqual([181, 54, 122, 255]);
  const brightness = Array.from({ length: 101 }, (_, index) => 0.2126 * (data[4 * index] ?? 0) + 0.7152 * (data[4 * index + 1] ?? 0) + 0.0722 * (data[4 * index + 2] ?? 0));
  expect(brightness).toEqual(brightness.toSorted((a, b) => a - b));
});

it('holds errors beyond the range at its ends', () => {
  expect([...flipMapToRgba(Float32Array.of(-1, 2))]).toEqual([0, 0, 4, 255, 252, 253, 191, 255]);
});
