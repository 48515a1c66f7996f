/** Small least-squares problems given by their normal equations. */
import { choleskyFactor, solveFactored } from '../cholesky.ts';

/** Σ of products: what least squares needs of its data. Symmetric, row-major, `size` squared. */
export interface NormalEquations {
  readonly size: number;
  /** AᵀA. */
  readonly matrix: Float64Array;
  /** Aᵀy. */
  readonly right: Float64Array;
}

export const emptyEquations = (size: number): NormalEquations => ({ size, matrix: new Float64Array(size * size), right: new Float64Array(size) });

/**
 * The x of least |A·x − y|² + ridge·s·|x − prior|², where s is the mean of AᵀA's diagonal, so that `ridge` has no unit.
 * @throws RangeError when the problem has no single answer even so.
 */
export function solveRidge({ size, matrix, right }: NormalEquations, prior: ArrayLike<number>, ridge: number): Float64Array {
  const system = Float64Array.from(matrix);
  const change = Float64Array.from(right);
  let trace = 0;
  for (let row = 0; row < size; row++) trace += matrix[row * size + row] ?? Number.NaN;
  const damping = (ridge * trace) / size;
  // Solved for x − prior.
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) change[row] = at(change, row) - at(matrix, row * size + column) * at(prior, column);
    system[row * size + row] = at(system, row * size + row) + damping;
  }
  return solveFactored(choleskyFactor(system, size), change).map((value, index) => value + at(prior, index));
}

const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN;
