/**
 * TeaCache (arXiv 2411.19108): the relative change of the first block's modulated input from step to step, rescaled by
 * a polynomial of degree 4 to the change of the model's output; computed when the sum reaches the threshold. The first
 * and the last step are always computed. A skipped step reuses the newest residual.
 */
import { reuseNewest } from './reuse-newest.ts';
import type { CacheMethod, ThresholdSettings } from './method.ts';
import { fitPolynomial, polynomialAt } from './polynomial.ts';

export const TEACACHE_DEGREE = 4;
export const TEACACHE_FORCED: Omit<ThresholdSettings, 'threshold'> = { forcedFirst: 1, forceLast: true };

/** @param coefficients of the powers 0 to 4. */
export const teacache = <T>(coefficients: readonly number[]): CacheMethod<T> => ({
  anchors: 1,
  signal: {
    probe: 'modulated',
    differences: ({ probe: [now], previous: { probe: [before] } }) => (now === undefined || before === undefined ? [] : [[now, before], [before, null]]),
    read: ([change = Number.NaN, size = Number.NaN]) => ({ change: polynomialAt(coefficients, change / size) }),
  },
  velocityOf: reuseNewest,
});

/**
 * The paper's calibration: over full runs, the relative change of the output against that of the modulated input.
 * @param inputChanges and `outputChanges` of the same steps, each from the step before.
 */
export const fitTeacache = (inputChanges: readonly number[], outputChanges: readonly number[]): number[] =>
  fitPolynomial(inputChanges, outputChanges, TEACACHE_DEGREE);
