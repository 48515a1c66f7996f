/** The weights of a few outputs that come nearest to a target, over several pairs at once. */
import { emptyEquations, solveRidge } from './ridge.ts';

export interface FitTarget {
  /** Of one length with the target; the first one is what plain reuse would give. */
  readonly outputs: readonly ArrayLike<number>[];
  readonly target: ArrayLike<number>;
}

/**
 * Least squares over all targets, pulled towards weight 1 for the first output and 0 for the others.
 * @param ridge the pull, in units of the outputs' mean square.
 */
export function fitWeights(targets: readonly FitTarget[], ridge: number): number[] {
  const size = targets[0]?.outputs.length ?? 0;
  const { matrix, right } = emptyEquations(size);
  for (const { outputs, target } of targets) {
    for (const [row, output] of outputs.entries()) {
      right[row] = (right[row] ?? 0) + dot(output, target);
      for (const [column, other] of outputs.slice(0, row + 1).entries()) {
        const product = (matrix[row * size + column] ?? 0) + dot(output, other);
        matrix[row * size + column] = product;
        matrix[column * size + row] = product;
      }
    }
  }
  return Array.from(solveRidge({ size, matrix, right }, Array.from({ length: size }, (_, index) => (index === 0 ? 1 : 0)), ridge));
}

/** Summed in float64. */
export function dot(left: ArrayLike<number>, right: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += (left[index] ?? Number.NaN) * (right[index] ?? Number.NaN);
  return sum;
}
