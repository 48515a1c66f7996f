import { describe, expect, it } from 'vitest';
import { joinBranches, splitBranches } from './residual-layout.ts';

describe('residuals of branches', () => {
  it.each([1, 2])('of %i branches come back as they were', (branches) => {
    const parts = Array.from({ length: branches }, (_, branch) => Float32Array.from({ length: 6 }, (__, index) => 10 * branch + index));
    const joined = joinBranches(parts);
    expect(joined).toHaveLength(6 * branches);
    expect(splitBranches(joined, [1, 2, 3])).toEqual(parts);
  });
});
