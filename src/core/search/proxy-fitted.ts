/**
 * The proxy of a mask whose payload is fitted: each skipped step may move from its newest anchor's output towards the
 * second newest's, E[k,a] + c[k]·(E[k,b] − E[k,a]), and the c are the least squares of the sum inside the Gram
 * matrices, all pairs together. Ranks masks for the two-head payload, whose two outputs span nearly the same line.
 */
import { emptyEquations, solveRidge } from '../caching/ridge.ts';
import { gramIndex } from './gram.ts';
import type { Mask } from './mask.ts';
import type { Proxy } from './proxy.ts';
import { errorsOf, proxyScore, squareOf } from './proxy.ts';
import { errorIndex } from './reuse-errors.ts';

export interface FittedScore {
  /** As the proxy's. */
  readonly score: number;
  /** c for each skipped step after the second computed one, in order. */
  readonly shares: readonly number[];
}

export function fittedProxyScore(proxy: Proxy, mask: Mask, ridge = 1e-4): FittedScore {
  const errors = errorsOf(mask, proxy.stepCount);
  const turns = turnsOf(mask, proxy.stepCount);
  const size = turns.length;
  const perPair = proxy.grams.map((gram) => {
    const between = (left: number, right: number): number => gram[gramIndex(left, right)] ?? Number.NaN;
    const square = squareOf(errors, gram);
    /** (Σ E)·D for each turn D = E[k,b] − E[k,a]. */
    const slopes = turns.map(({ newest, older }) => errors.reduce((sum, error) => sum + between(error, older) - between(error, newest), 0));
    const products = turns.map((left) =>
      turns.map((right) => between(left.older, right.older) - between(left.older, right.newest) - between(left.newest, right.older) + between(left.newest, right.newest)),
    );
    return { square, slopes, products };
  });
  const { matrix, right } = emptyEquations(size);
  for (const { square, slopes, products } of perPair) {
    // Pairs count alike, whatever their size, as in the score.
    const scale = 1 / Math.max(square, Number.MIN_VALUE);
    for (let row = 0; row < size; row++) {
      right[row] = (right[row] ?? 0) - scale * (slopes[row] ?? Number.NaN);
      for (let column = 0; column < size; column++) {
        matrix[row * size + column] = (matrix[row * size + column] ?? 0) + scale * (products[row]?.[column] ?? Number.NaN);
      }
    }
  }
  const shares = size === 0 ? [] : Array.from(solveRidge({ size, matrix, right }, new Float64Array(size), ridge));
  const squares = perPair.map(({ square, slopes, products }) => {
    const linear = shares.reduce((sum, share, row) => sum + 2 * share * (slopes[row] ?? Number.NaN), 0);
    const quadratic = shares.reduce(
      (sum, share, row) => sum + share * shares.reduce((inner, other, column) => inner + other * (products[row]?.[column] ?? Number.NaN), 0),
      0,
    );
    return square + linear + quadratic;
  });
  return { score: proxyScore(squares), shares };
}

/** The skipped steps with two anchors: their errors with the newest and with the one before it. */
function turnsOf(mask: Mask, stepCount: number): { readonly newest: number; readonly older: number }[] {
  return Array.from({ length: stepCount }, (_, step) => step).flatMap((step) => {
    const before = mask.filter((computed) => computed <= step);
    const [newest, older] = [before.at(-1), before.at(-2)];
    if (newest === undefined || older === undefined || newest === step) return [];
    return [{ newest: errorIndex(step, newest), older: errorIndex(step, older) }];
  });
}
