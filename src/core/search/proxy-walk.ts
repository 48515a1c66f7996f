/** Scoring the neighbours of one mask by the proxy: each from what changes, not from the beginning. */
import type { Mask } from './mask.ts';
import { withMove } from './mask.ts';
import type { Proxy } from './proxy.ts';
import { proxyScore } from './proxy.ts';
import { errorIndex } from './reuse-errors.ts';

export interface ProxyWalk {
  readonly mask: Mask;
  readonly score: number;
  /** The score of the mask with a computed step moved to a skipped one; neither may be step 0. */
  scoreOfMove(from: number, to: number): number;
}

/** Prepares a mask: one pass over the matrices' rows of its errors. */
export function startProxyWalk({ stepCount, grams }: Proxy, mask: Mask): ProxyWalk {
  /** For each step its error's index, or −1 where it is computed. */
  const errors = errorByStep(mask, stepCount);
  const active = errors.filter((error) => error >= 0);
  const sums = grams.map((gram) => rowSums(gram, active));
  const squares = Float64Array.from(sums, (sum) => active.reduce((total, error) => total + (sum[error] ?? Number.NaN), 0));
  const changed = new Float64Array(squares.length);
  const places: number[] = [];
  const signs: number[] = [];

  const scoreOfMove = (from: number, to: number): number => {
    places.length = 0;
    signs.length = 0;
    let anchor = 0;
    for (let step = 1; step < stepCount; step++) {
      const before = errors[step] ?? -1;
      const computed = step === to || (before < 0 && step !== from);
      if (computed) anchor = step;
      const after = computed ? -1 : errorIndex(step, anchor);
      if (before === after) continue;
      if (before >= 0) noteChange(before, -1);
      if (after >= 0) noteChange(after, 1);
    }
    for (const [pair, gram] of grams.entries()) changed[pair] = (squares[pair] ?? Number.NaN) + changeOf(gram, sums[pair] ?? gram);
    return proxyScore(changed);
  };
  const noteChange = (error: number, sign: number): void => {
    places.push(error);
    signs.push(sign);
  };
  /** |V + Σ s·E|² − |V|² = 2·Σ s·(V·E) + |Σ s·E|². */
  const changeOf = (gram: Float64Array, sum: Float64Array): number => {
    let change = 0;
    for (let i = 0; i < places.length; i++) {
      const row = places[i] ?? 0;
      let inner = 2 * (sum[row] ?? Number.NaN) + (signs[i] ?? 0) * (gram[(row * (row + 1)) / 2 + row] ?? Number.NaN);
      for (let j = 0; j < i; j++) {
        const column = places[j] ?? 0;
        const place = row >= column ? (row * (row + 1)) / 2 + column : (column * (column + 1)) / 2 + row;
        inner += 2 * (signs[j] ?? 0) * (gram[place] ?? Number.NaN);
      }
      change += (signs[i] ?? 0) * inner;
    }
    return change;
  };
  return { mask, score: proxyScore(squares), scoreOfMove };
}

/** The walk after a move. */
export const moveProxyWalk = (proxy: Proxy, { mask }: ProxyWalk, from: number, to: number): ProxyWalk => startProxyWalk(proxy, withMove(mask, from, to));

function errorByStep(mask: Mask, stepCount: number): Int32Array {
  const computed = new Set(mask);
  let anchor = 0;
  return Int32Array.from({ length: stepCount }, (_, step) => {
    if (computed.has(step)) anchor = step;
    return computed.has(step) ? -1 : errorIndex(step, anchor);
  });
}

/** For every error its inner product with the sum of the active ones. */
function rowSums(gram: Float64Array, active: Int32Array): Float64Array {
  const count = Math.round((Math.sqrt(8 * gram.length + 1) - 1) / 2);
  const sums = new Float64Array(count);
  for (const error of active) {
    const start = (error * (error + 1)) / 2;
    for (let other = 0; other <= error; other++) sums[other] = (sums[other] ?? 0) + (gram[start + other] ?? Number.NaN);
    for (let other = error + 1; other < count; other++) {
      sums[other] = (sums[other] ?? 0) + (gram[(other * (other + 1)) / 2 + error] ?? Number.NaN);
    }
  }
  return sums;
}
