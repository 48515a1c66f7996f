/**
 * EasyCache (arXiv 2507.02860): needs nothing but the latents x and the model's output u. The output's change is
 * foretold from the latents' by the rate k seen between the two newest computed steps; a skipped step's output is
 * x + (u_a − x_a). The paper forces the first steps and the last.
 */
import type { CacheMethod, ThresholdSettings } from './method.ts';

/** The paper's 10 of 50 steps, by share; a run of `stepCount` steps with a budget of `nfe` spends at most a third of it there. */
export const easycacheForced = (stepCount: number, nfe: number): Omit<ThresholdSettings, 'threshold'> => ({
  forcedFirst: Math.max(2, Math.min(Math.round(0.2 * stepCount), Math.floor(nfe / 3))),
  forceLast: true,
});

export const easycache = <T>(): CacheMethod<T> => ({
  anchors: 2,
  signal: {
    probe: null,
    differences: ({ latents, previous, computed: [newest, older] }) =>
      newest === undefined || older === undefined
        ? []
        : [[latents, previous.latents], [newest.velocity, null], [newest.velocity, older.velocity], [newest.latents, older.latents]],
    read: ([moved = Number.NaN, size = Number.NaN, outputChange = Number.NaN, inputChange = Number.NaN]) => ({
      change: ((outputChange / inputChange) * moved) / size,
    }),
  },
  velocityOf: ({ latents, computed, ops }) => {
    const newest = computed[0];
    if (newest === undefined) throw new RangeError('No step has been computed whose output could be reused.');
    return Promise.resolve(ops.weightedSum([1, 1, -1], [latents, newest.velocity, newest.latents]));
  },
});
