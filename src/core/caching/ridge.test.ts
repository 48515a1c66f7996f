import { describe, expect, it } from 'vitest';
import { seededRandom } from '../rng/seeded-random.ts';
import type { NormalEquations } from './ridge.ts';
import { emptyEquations, solveRidge } from './ridge.ts';

function randomProblem(size: number, seed: number) {
  const random = seededRandom(seed);
  const wanted = Array.from({ length: size }, () => random.uniform() - 0.5);
  const rows = Array.from({ length: 4 * size }, () => Array.from({ length: size }, () => random.uniform() - 0.5));
  const equations = emptyEquations(size);
  for (const row of rows) {
    const y = row.reduce((sum, value, index) => sum + value * (wanted[index] ?? 0), 0);
    row.forEach((a, i) => {
      equations.right[i] = (equations.right[i] ?? 0) + a * y;
      row.forEach((b, j) => {
        equations.matrix[i * size + j] = (equations.matrix[i * size + j] ?? 0) + a * b;
      });
    });
  }
  return { equations, wanted };
}

describe('solveRidge', () => {
  it.each([1, 2, 3, 20])('finds %i unknowns that the data determine', (size) => {
    const { equations, wanted } = randomProblem(size, size);
    const found = solveRidge(equations, new Float64Array(size), 0);
    wanted.forEach((value, index) => expect(found[index]).toBeCloseTo(value, 9));
  });

  it('stays at the prior where the data say nothing', () => {
    const silent: NormalEquations = { size: 2, matrix: Float64Array.of(4, 0, 0, 0), right: Float64Array.of(8, 0) };
    const found = solveRidge(silent, [1, 0.7], 1e-4);
    expect(found[0]).toBeCloseTo(2, 3);
    expect(found[1]).toBe(0.7);
  });

  it('goes to the prior as the ridge grows', () => {
    const { equations } = randomProblem(3, 9);
    const found = solveRidge(equations, [1, 0, 0], 1e9);
    [1, 0, 0].forEach((value, index) => expect(found[index]).toBeCloseTo(value, 6));
  });

  it('refuses a problem without one answer', () => {
    expect(() => solveRidge(emptyEquations(2), [1, 0], 1e-4)).toThrow(RangeError);
  });
});
