import { describe, expect, it } from 'vitest';
import { countMasks, enumerateMasks } from './exhaustive.ts';
import { maskKey } from './mask.ts';

describe('enumerateMasks', () => {
  it('goes through a small space in lexicographic order', () => {
    expect([...enumerateMasks({ stepCount: 4, nfe: 3, prefix: 1 })]).toEqual([
      [0, 1, 2],
      [0, 1, 3],
      [0, 2, 3],
    ]);
  });

  it.each([
    [{ stepCount: 16, nfe: 8, prefix: 1 }, 6435],
    [{ stepCount: 16, nfe: 8, prefix: 2 }, 3003],
    [{ stepCount: 5, nfe: 5, prefix: 1 }, 1],
    [{ stepCount: 5, nfe: 1, prefix: 1 }, 1],
  ])('visits each mask of %j once: %i', (space, count) => {
    const masks = [...enumerateMasks(space)];
    expect(countMasks(space)).toBe(count);
    expect(masks).toHaveLength(count);
    expect(new Set(masks.map(maskKey)).size).toBe(count);
    for (const mask of masks) {
      expect(mask).toHaveLength(space.nfe);
      expect(mask[0]).toBe(0);
      expect(mask[space.prefix - 1]).toBe(space.prefix - 1);
      expect(mask.at(-1)).toBeLessThan(space.stepCount);
    }
  });

  it('refuses a space that has no mask', () => {
    expect(() => [...enumerateMasks({ stepCount: 2, nfe: 3, prefix: 1 })]).toThrow(RangeError);
  });
});
