/** Least-squares polynomials in one variable. */
import { emptyEquations, solveRidge } from '../caching/ridge.ts';

/** @param coefficients of the powers from 0 on. */
export const polynomialAt = (coefficients: readonly number[], x: number): number => coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);

/** Enough to make the equations of nearly equal places solvable; the fit itself does not feel it. */
const TINY_RIDGE = 1e-12;

/** @returns coefficients of the powers 0 to `degree`. @throws RangeError when there are too few points. */
export function fitPolynomial(xs: readonly number[], ys: readonly number[], degree: number): number[] {
  if (xs.length !== ys.length || xs.length <= degree) throw new RangeError(`${xs.length} points are too few for a polynomial of degree ${degree}.`);
  const size = degree + 1;
  // On [−1, 1] the powers are of one size.
  const scale = Math.max(...xs.map(Math.abs)) || 1;
  const { matrix, right } = emptyEquations(size);
  for (const [index, x] of xs.entries()) {
    for (let row = 0; row < size; row++) {
      right[row] = (right[row] ?? 0) + (x / scale) ** row * (ys[index] ?? Number.NaN);
      for (let column = 0; column < size; column++) matrix[row * size + column] = (matrix[row * size + column] ?? 0) + (x / scale) ** (row + column);
    }
  }
  const solved = solveRidge({ size, matrix, right }, new Float64Array(size), TINY_RIDGE);
  return Array.from(solved, (value, power) => value / scale ** power);
}
