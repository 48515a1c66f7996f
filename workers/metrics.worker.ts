/** Measures how far two pictures are apart: seconds of work for a large pair, so not on the page's own thread. */
import { expose } from 'comlink';
import { flip } from '../src/core/metrics/flip.ts';
import { picturePsnrDb } from '../src/core/metrics/psnr.ts';
import { ssim } from '../src/core/metrics/ssim.ts';
import { toFailure } from '../src/protocol/errors.ts';
import type { MetricsApi } from '../src/protocol/metrics.ts';
import { holdLifeLock } from './life-lock.ts';

/** SSIM's window must fit. */
const SSIM_SIDE = 11;

holdLifeLock();
expose({
  async compare(reference, candidate) {
    try {
      const psnrDb = picturePsnrDb(reference, candidate);
      const hasRoom = Math.min(reference.width, reference.height) >= SSIM_SIDE;
      const { map: flipMap, mean: meanFlip } = flip(reference, candidate);
      return { ok: true, value: { psnrDb, ssim: hasRoom ? ssim(reference, candidate) : null, meanFlip, flipMap } };
    } catch (error) {
      return { ok: false, error: toFailure(error) };
    }
  },
} satisfies MetricsApi);
