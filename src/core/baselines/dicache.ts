/**
 * DiCache (arXiv 2508.17356): the first block runs at every step; the relative change of its hidden states decides. A
 * skipped step takes R_b + γ·(R_a − R_b) of the two newest computed residuals, γ being how far the first block's own
 * residual has gone along the same way, clipped to 1 to 1.5 as for FLUX. The first fifth and the last step are forced.
 */
import type { CacheMethod, MethodWork, ThresholdSettings } from './method.ts';
import { reuseNewest } from './reuse-newest.ts';

const GAMMA_RANGE = { lowest: 1, highest: 1.5 };

/** The paper's share of steps; at most half of the budget. */
export const dicacheForced = (stepCount: number, nfe: number): Omit<ThresholdSettings, 'threshold'> => ({
  forcedFirst: Math.max(1, Math.min(Math.floor(0.2 * stepCount), Math.floor(nfe / 2))),
  forceLast: true,
});

export const dicache = <T>(): CacheMethod<T> => ({
  anchors: 2,
  signal: {
    probe: 'firstBlock',
    differences: ({ probe: [hidden, residual], previous: { probe: [before] }, computed: [newest, older] }) => {
      if (hidden === undefined || residual === undefined || before === undefined) return [];
      const [near, far] = [newest?.probe[1], older?.probe[1]];
      const way = near === undefined || far === undefined ? [] : ([[residual, far], [near, far]] as const);
      return [[hidden, before], [before, null], ...way];
    },
    read: ([change = Number.NaN, size = Number.NaN, gone, whole]) => ({
      change: change / size,
      ...(gone !== undefined && whole !== undefined && { gamma: clip(gone / whole) }),
    }),
  },
  velocityOf: alongTheWay,
});

/** DiCache's payload with a γ known beforehand, and nothing measured. */
export const dicacheStatic = <T>(gamma: number): CacheMethod<T> => ({ anchors: 2, signal: null, velocityOf: (work) => alongTheWay({ ...work, gamma }) });

async function alongTheWay<T>(work: MethodWork<T>): Promise<T> {
  const { computed, gamma, cached, ops } = work;
  const [newest, older] = computed;
  if (newest === undefined || older === undefined || gamma === undefined || gamma === 1) return reuseNewest(work);
  const residual = ops.weightedSum([gamma, 1 - gamma], [newest.residual, older.residual]);
  try {
    return await cached(residual);
  } finally {
    ops.release(residual);
  }
}

const clip = (gamma: number): number => Math.min(GAMMA_RANGE.highest, Math.max(GAMMA_RANGE.lowest, gamma));
