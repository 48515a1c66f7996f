/**
 * The runs behind a search in the page: full runs with the errors of all reuses, runs under candidates, and fits of
 * payloads. Read back as much as they need, all of it counted as calibration's; they stand aside for a person's runs
 * between calls.
 */
import { createCachedDenoiser } from '../../src/core/caching/cached-denoiser.ts';
import { policyProblems } from '../../src/core/caching/policy-checks.ts';
import type { Denoiser } from '../../src/core/denoiser.ts';
import { sampleEuler } from '../../src/core/sampling/euler.ts';
import { errorCount, errorIndex } from '../../src/core/search/reuse-errors.ts';
import type { CalibrationPair, FitRequest, Fitting, RescoreRequest, Rescoring, TeachRequest, Teaching } from '../../src/protocol/calibration.ts';
import type { BackendKind } from '../../src/protocol/engine.ts';
import { CodedError } from '../../src/protocol/errors.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import type { EncodeText } from '../pipelines/encode-text.ts';
import { latentLength } from '../pipelines/latent-layout.ts';
import { planRun } from '../pipelines/plan.ts';
import type { Bench, BenchPair } from './calibration-bench.ts';
import { createBench, fromNoise, takeHome } from './calibration-bench.ts';
import { createTrajectories, fitPayloads, fullTrajectory } from './calibration-fit.ts';
import type { LoopBackend } from './loop-backend.ts';
import type { GiveWay } from './run-queue.ts';

export interface Calibrator {
  /** @throws CodedError `request-invalid`, `cancelled`, or `internal`. */
  teach(request: TeachRequest, signal: AbortSignal, giveWay: GiveWay): Promise<Teaching>;
  /** @throws also `policy-invalid` and `policy-mismatch`. */
  rescore(request: RescoreRequest, signal: AbortSignal, giveWay: GiveWay): Promise<Rescoring>;
  /** @throws also `policy-invalid`. */
  fit(request: FitRequest, signal: AbortSignal, giveWay: GiveWay): Promise<Fitting>;
}

export function createCalibrator<T>(backend: LoopBackend<T>, kind: BackendKind, manifest: Manifest, encodeText: EncodeText): Calibrator {
  const onBench = createBench(backend, kind, manifest, encodeText);
  const trajectories = createTrajectories();
  const keyOf = (pair: CalibrationPair, stepCount: number): string => JSON.stringify([pair, stepCount]);

  return {
    async teach({ pair, stepCount, withErrors }, signal, giveWay) {
      const { sigmas } = planRun(manifest, { ...pair, stepCount, policy: null });
      const errors = withErrors ? new Float32Array(errorCount(stepCount) * latentLength(manifest)) : null;
      const { value, cost } = await onBench({ pairs: [pair], sigmas, signal, giveWay }, (bench) => teachWithErrors(bench, onlyPair(bench), errors));
      trajectories.remember(keyOf(pair, stepCount), value.trajectory);
      return { reference: value.reference, errors, cost };
    },

    async rescore({ pair, stepCount, policy }, signal, giveWay) {
      const { sigmas } = planRun(manifest, { ...pair, stepCount, policy });
      const { value, cost } = await onBench({ pairs: [pair], sigmas, signal, giveWay }, (bench) => {
        const { model, noise } = onlyPair(bench);
        return fromNoise(bench, noise, async (start) => {
          const denoiser = createCachedDenoiser(model, policy, backend.ops);
          try {
            return await takeHome(bench, await sampleEuler(denoiser.denoise, start, sigmas, backend.ops, { afterStep: bench.pauseHere }));
          } finally {
            denoiser.dispose();
          }
        });
      });
      return { latents: value, cost };
    },

    async fit({ calibration, judges, stepCount, masks }, signal, giveWay) {
      const pairs = [...calibration, ...judges];
      const [first] = calibration;
      if (first === undefined) throw new CodedError('request-invalid', 'A fit needs at least one calibration pair');
      const plans = pairs.map((pair) => planRun(manifest, { ...pair, stepCount, policy: null }));
      const sigmas = plans[0]?.sigmas ?? [];
      const problems = masks.flatMap((computedSteps) => policyProblems({ stepCount, sigmas, computedSteps, payload: 'reuse' }));
      if (problems.length > 0) throw new CodedError('policy-invalid', problems.join(' '));
      const { value, cost } = await onBench({ pairs, sigmas, signal, giveWay }, async (bench) => {
        const passed: (readonly Float32Array[])[] = [];
        for (const [index, pair] of pairs.entries()) {
          passed.push(trajectories.recall(keyOf(pair, stepCount)) ?? (await fullTrajectory(bench, pairAt(bench, index))));
        }
        return fitPayloads(bench, passed, calibration.length, masks);
      });
      return { payloads: value, cost };
    },
  };
}

function pairAt<T>({ pairs }: Bench<T>, index: number): BenchPair<T> {
  const pair = pairs[index];
  if (pair === undefined) throw new RangeError(`There is no pair ${index}.`);
  return pair;
}

const onlyPair = <T>(bench: Bench<T>): BenchPair<T> => pairAt(bench, 0);

/**
 * The full run. Into `errors`, as it goes, (σ[k+1] − σ[k])·(cached(x[k], σ[k], R[a]) − v[k]) for every a < k: the
 * same as core's `measureReuseErrors`, without keeping the residuals.
 */
async function teachWithErrors<T>(
  bench: Bench<T>,
  { model, noise }: BenchPair<T>,
  errors: Float32Array | null,
): Promise<{ readonly reference: Float32Array; readonly trajectory: readonly Float32Array[] }> {
  const { backend, sigmas, pauseHere } = bench;
  const { ops } = backend;
  const residuals: T[] = [];
  const denoise: Denoiser<T> = async (latents, step) => {
    const { velocity, residual } = await model.full(latents, step);
    try {
      for (const [anchor, reused] of residuals.entries()) {
        if (errors === null) break;
        await pauseHere();
        const difference = await differenceOf(await model.cached(latents, step, reused), velocity);
        const width = difference.length;
        const scale = step.sigmaNext - step.sigma;
        errors.set(difference.map((value) => scale * value), errorIndex(step.stepIndex, anchor) * width);
      }
    } catch (error) {
      ops.release(velocity);
      ops.release(residual);
      throw error;
    }
    if (errors === null) ops.release(residual);
    else residuals.push(residual);
    return velocity;
  };
  const differenceOf = async (reused: T, velocity: T): Promise<Float32Array> => {
    const difference = ops.weightedSum([1, -1], [reused, velocity]);
    ops.release(reused);
    try {
      return await backend.toHost(difference);
    } finally {
      ops.release(difference);
    }
  };
  const trajectory = [noise];
  const afterStep = async (stepIndex: number, next: T): Promise<void> => {
    if (stepIndex < sigmas.length - 2) trajectory.push((await backend.toHost(next)).slice());
    await pauseHere();
  };
  try {
    const reference = await fromNoise(bench, noise, async (start) => takeHome(bench, await sampleEuler(denoise, start, sigmas, ops, { afterStep })));
    return { reference, trajectory: [...trajectory, reference] };
  } finally {
    for (const residual of residuals) ops.release(residual);
  }
}
