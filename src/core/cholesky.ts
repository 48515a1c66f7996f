/** Cholesky's factor of a symmetric positive definite matrix and the systems that it solves. Matrices are row-major. */

/**
 * The lower triangle L of L·Lᵀ = matrix, [size, size].
 * @throws RangeError when the matrix is not positive definite.
 */
export function choleskyFactor(matrix: Float64Array, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = at(matrix, row * size + column);
      for (let inner = 0; inner < column; inner++) rest -= at(factor, row * size + inner) * at(factor, column * size + inner);
      if (row !== column) factor[row * size + column] = rest / at(factor, column * size + column);
      else if (rest > 0) factor[row * size + row] = Math.sqrt(rest);
      else throw new RangeError('The matrix is not positive definite.');
    }
  }
  return factor;
}

/** z of L·z = right. */
export function solveLower(factor: Float64Array, right: ArrayLike<number>): Float64Array {
  const size = right.length;
  const solution = Float64Array.from(right);
  for (let row = 0; row < size; row++) {
    let value = at(solution, row);
    for (let inner = 0; inner < row; inner++) value -= at(factor, row * size + inner) * at(solution, inner);
    solution[row] = value / at(factor, row * size + row);
  }
  return solution;
}

/** x of L·Lᵀ·x = right. */
export function solveFactored(factor: Float64Array, right: ArrayLike<number>): Float64Array {
  const size = right.length;
  const solution = solveLower(factor, right);
  for (let row = size - 1; row >= 0; row--) {
    let value = at(solution, row);
    for (let inner = row + 1; inner < size; inner++) value -= at(factor, inner * size + row) * at(solution, inner);
    solution[row] = value / at(factor, row * size + row);
  }
  return solution;
}

const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN;
