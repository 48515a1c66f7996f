/**
 * Payloads fitted on the open model: core's closed-loop fit, with the pairs' graphs on the device and everything else
 * on the host. What full runs passed by is remembered from `teach`, as far as there is room, else they are made again.
 */
import { createClosedLoopFit, FIT_SETTINGS } from '../../src/core/caching/closed-loop-fit.ts';
import type { Mask } from '../../src/core/search/mask.ts';
import type { MaskPayload } from '../../src/core/search/page-search-types.ts';
import type { ResidualModel } from '../../src/core/denoiser.ts';
import { sampleEuler } from '../../src/core/sampling/euler.ts';
import type { Bench, BenchPair } from './calibration-bench.ts';
import { fromNoise, takeHome } from './calibration-bench.ts';

/** Of residuals that runs with shared beginnings keep. */
const KEPT_RESIDUAL_BYTES = 256 * 2 ** 20;
const KEPT_TRAJECTORY_BYTES = 64 * 2 ** 20;

/** The latents before each step and at the end, by pair and number of steps. */
export interface Trajectories {
  recall(key: string): readonly Float32Array[] | null;
  /** Beyond `KEPT_TRAJECTORY_BYTES` the oldest are forgotten. */
  remember(key: string, latents: readonly Float32Array[]): void;
}

export function createTrajectories(): Trajectories {
  const kept = new Map<string, readonly Float32Array[]>();
  const bytes = (): number => [...kept.values()].flat().reduce((sum, { byteLength }) => sum + byteLength, 0);
  return {
    recall: (key) => kept.get(key) ?? null,
    remember(key, latents) {
      kept.delete(key);
      kept.set(key, latents);
      while (bytes() > KEPT_TRAJECTORY_BYTES) {
        const [oldest] = kept.keys();
        if (oldest === undefined) return;
        kept.delete(oldest);
      }
    },
  };
}

/** The full run of one pair, for what it passes by. */
export function fullTrajectory<T>(bench: Bench<T>, { model, noise }: BenchPair<T>): Promise<readonly Float32Array[]> {
  const { backend, sigmas, pauseHere } = bench;
  const denoise = async (latents: T, step: Parameters<typeof model.full>[1]): Promise<T> => {
    const { velocity, residual } = await model.full(latents, step);
    backend.ops.release(residual);
    return velocity;
  };
  return fromNoise(bench, noise, async (start) => {
    const trajectory = [noise];
    const afterStep = async (_: number, next: T): Promise<void> => {
      trajectory.push((await backend.toHost(next)).slice());
      await pauseHere();
    };
    backend.ops.release(await sampleEuler(denoise, start, sigmas, backend.ops, { afterStep }));
    return trajectory;
  });
}

/** @param trajectories of the pairs, in their order; the first `calibrationCount` pairs are fitted on, the others judge. */
export async function fitPayloads<T>(
  bench: Bench<T>,
  trajectories: readonly (readonly Float32Array[])[],
  calibrationCount: number,
  masks: readonly Mask[],
): Promise<MaskPayload[]> {
  const { pairs, sigmas } = bench;
  let residualBytes = 1;
  const fitPairs = pairs.map(({ model }, index) => ({
    model: onHost(bench, model, (bytes) => {
      residualBytes = Math.max(residualBytes, bytes);
    }),
    teacher: { latents: trajectories[index] ?? [] },
  }));
  const noise = pairs[0]?.noise;
  if (noise === undefined) throw new RangeError('A fit needs at least one pair.');
  // One call tells how large a residual is.
  await fitPairs[0]?.model.full(noise, { stepIndex: 0, sigma: sigmas[0] ?? Number.NaN, sigmaNext: sigmas[1] ?? Number.NaN });
  const keptStates = Math.max(2, Math.floor(KEPT_RESIDUAL_BYTES / (residualBytes * pairs.length)));
  const fit = createClosedLoopFit(fitPairs.slice(0, calibrationCount), fitPairs.slice(calibrationCount), sigmas, { ...FIT_SETTINGS, keptStates });
  const payloads: MaskPayload[] = [];
  for (const mask of masks) {
    const { steps, calibrationLatents, validationLatents } = await fit.fit(mask);
    payloads.push({ coefficients: steps.map(({ coefficients }) => coefficients), calibrationLatents, judgeLatents: validationLatents });
  }
  return payloads;
}

/** The model for work that is arithmetic between calls: every output is read back. */
function onHost<T>(bench: Bench<T>, model: ResidualModel<T>, tellResidualBytes: (bytes: number) => void): ResidualModel<Float32Array> {
  const { backend, pauseHere } = bench;
  return {
    full: (latents, step) =>
      fromNoise(bench, latents, async (start) => {
        await pauseHere();
        const { velocity, residual } = await model.full(start, step);
        try {
          const values = await backend.residualToHost(residual);
          tellResidualBytes(values.byteLength);
          return { velocity: (await backend.toHost(velocity)).slice(), residual: values };
        } finally {
          backend.ops.release(velocity);
          backend.ops.release(residual);
        }
      }),
    cached: (latents, step, values) =>
      fromNoise(bench, latents, async (start) => {
        await pauseHere();
        const residual = backend.residualFromHost(values);
        try {
          return await takeHome(bench, await model.cached(start, step, residual));
        } finally {
          backend.ops.release(residual);
        }
      }),
  };
}
