import { expect, test } from 'vitest';
import { nextTile } from './gallery-keys.ts';

/** Seven tiles in rows of three. */
const boxes = Array.from({ length: 7 }, (_, index) => ({ left: (index % 3) * 90, top: Math.floor(index / 3) * 90 }));

test.each([
  ['ArrowRight', 0, 1],
  ['ArrowRight', 6, 6],
  ['ArrowLeft', 3, 2],
  ['ArrowLeft', 0, 0],
  ['ArrowDown', 1, 4],
  ['ArrowDown', 5, 6],
  ['ArrowDown', 6, 6],
  ['ArrowUp', 6, 3],
  ['ArrowUp', 2, 2],
  ['Home', 5, 0],
  ['End', 1, 6],
  ['a', 1, null],
])('%s leads from %i to %s', (key, from, to) => {
  expect(nextTile(key, from, boxes)).toBe(to);
});

test('one row goes neither up nor down', () => {
  const row = boxes.slice(0, 3);
  expect([nextTile('ArrowDown', 1, row), nextTile('ArrowUp', 1, row)]).toEqual([1, 1]);
});
