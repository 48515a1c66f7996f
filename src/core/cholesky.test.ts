import { describe, expect, it } from 'vitest';
import { choleskyFactor, solveFactored, solveLower } from './cholesky.ts';
import { seededRandom } from './rng/seeded-random.ts';

const SIZE = 7;

/** AᵀA with a little on the diagonal. */
function positiveMatrix(): Float64Array {
  const random = seededRandom(4);
  const a = Array.from({ length: SIZE * SIZE }, () => random.uniform() - 0.5);
  const entry = (row: number, column: number): number => {
    let sum = row === column ? 0.1 : 0;
    for (let inner = 0; inner < SIZE; inner++) sum += (a[inner * SIZE + row] ?? 0) * (a[inner * SIZE + column] ?? 0);
    return sum;
  };
  return Float64Array.from({ length: SIZE * SIZE }, (_, index) => entry(Math.floor(index / SIZE), index % SIZE));
}

const times = (matrix: Float64Array, x: Float64Array): number[] =>
  Array.from({ length: SIZE }, (_, row) => x.reduce((sum, value, column) => sum + (matrix[row * SIZE + column] ?? 0) * value, 0));

describe('Cholesky’s factor', () => {
  it('is lower, and its product with its transpose is the matrix', () => {
    const matrix = positiveMatrix();
    const factor = choleskyFactor(matrix, SIZE);
    for (let row = 0; row < SIZE; row++) {
      for (let column = 0; column < SIZE; column++) {
        let product = 0;
        for (let inner = 0; inner < SIZE; inner++) product += (factor[row * SIZE + inner] ?? 0) * (factor[column * SIZE + inner] ?? 0);
        expect(product).toBeCloseTo(matrix[row * SIZE + column] ?? Number.NaN, 12);
        expect(column > row ? factor[row * SIZE + column] : 0).toBe(0);
      }
    }
  });

  it('solves its systems', () => {
    const matrix = positiveMatrix();
    const factor = choleskyFactor(matrix, SIZE);
    const right = [1, -2, 3, 0, 5, -6, 7];
    times(matrix, solveFactored(factor, right)).forEach((value, index) => expect(value).toBeCloseTo(right[index] ?? Number.NaN, 9));
    times(factor, solveLower(factor, right)).forEach((value, index) => expect(value).toBeCloseTo(right[index] ?? Number.NaN, 9));
  });

  it('refuses a matrix that has none', () => {
    expect(() => choleskyFactor(Float64Array.of(1, 2, 2, 1), 2)).toThrow(RangeError);
  });
});
