/**
 * The runs behind a search in the page: full runs with the errors of all reuses, and runs under candidates. Read back
 * as much as they need, all of it counted as calibration's; they stand aside for a person's runs between calls.
 */
import { createCachedDenoiser } from '../../src/core/caching/cached-denoiser.ts';
import type { Denoiser, ResidualModel } from '../../src/core/denoiser.ts';
import { sampleEuler } from '../../src/core/sampling/euler.ts';
import { errorCount, errorIndex } from '../../src/core/search/reuse-errors.ts';
import type { CalibrationCost, CalibrationPair, RescoreRequest, Rescoring, TeachRequest, Teaching } from '../../src/protocol/calibration.ts';
import type { BackendKind } from '../../src/protocol/engine.ts';
import { CodedError } from '../../src/protocol/errors.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { denoiserInputs } from '../pipelines/denoiser-inputs.ts';
import type { EncodeText } from '../pipelines/encode-text.ts';
import { encodeBranches } from '../pipelines/encode-text.ts';
import { latentLength } from '../pipelines/latent-layout.ts';
import { noiseOf } from '../pipelines/noise.ts';
import type { RunPlan } from '../pipelines/plan.ts';
import { planRun } from '../pipelines/plan.ts';
import { rememberText } from './calibration-text.ts';
import type { LoopBackend } from './loop-backend.ts';
import type { GiveWay } from './run-queue.ts';

export interface Calibrator {
  /** @throws CodedError `request-invalid`, `cancelled`, or `internal`. */
  teach(request: TeachRequest, signal: AbortSignal, giveWay: GiveWay): Promise<Teaching>;
  /** @throws also `policy-invalid` and `policy-mismatch`. */
  rescore(request: RescoreRequest, signal: AbortSignal, giveWay: GiveWay): Promise<Rescoring>;
}

/** One run's surroundings. */
interface Bench<T> {
  readonly model: ResidualModel<T>;
  readonly noise: T;
  readonly plan: RunPlan;
  /** Lets messages in, and a person's runs; fails when cancelled. */
  readonly pauseHere: () => Promise<void>;
}

export function createCalibrator<T>(backend: LoopBackend<T>, kind: BackendKind, manifest: Manifest, encodeText: EncodeText): Calibrator {
  const textOf = rememberText(encodeText);

  /** Sets up, measures and clears away around `work`, which gives the final latents. */
  async function onBench(
    pair: CalibrationPair,
    plan: RunPlan,
    signal: AbortSignal,
    giveWay: GiveWay,
    work: (bench: Bench<T>) => Promise<T>,
  ): Promise<{ readonly latents: Float32Array; readonly cost: CalibrationCost }> {
    const spent = { ms: -performance.now(), readbackBytes: -backend.readbacks.totalBytes() };
    const pauseHere = async (): Promise<void> => {
      await backend.finished();
      signal.throwIfAborted();
      const [beforeMs, beforeBytes] = [performance.now(), backend.readbacks.totalBytes()];
      while (await giveWay()) signal.throwIfAborted();
      spent.ms -= performance.now() - beforeMs;
      spent.readbackBytes -= backend.readbacks.totalBytes() - beforeBytes;
    };
    await pauseHere();
    const text = await encodeBranches(textOf, manifest, pair);
    const liveBefore = backend.liveTensors();
    const prepared = backend.prepare(denoiserInputs(manifest, text, pair.guidanceScale, plan.sigmas));
    const { model, calls } = counted(prepared.model);
    let noise: T | null = null;
    let latents: Float32Array;
    try {
      noise = backend.fromHost(noiseOf(pair.seed, manifest));
      const final = await work({ model, noise, plan, pauseHere });
      try {
        latents = (await backend.toHost(final)).slice();
      } finally {
        backend.ops.release(final);
      }
    } finally {
      if (noise !== null) backend.ops.release(noise);
      prepared.release();
    }
    const leaked = backend.liveTensors() - liveBefore;
    if (leaked !== 0) throw new CodedError('internal', `Calibration left ${leaked} tensors on the device`);
    if (!latents.every(Number.isFinite)) throw new CodedError('internal', 'The latents hold values that are no numbers');
    spent.ms += performance.now();
    spent.readbackBytes += backend.readbacks.totalBytes();
    return { latents, cost: { backend: kind, ...spent, ...calls } };
  }

  return {
    async teach({ pair, stepCount, withErrors }, signal, giveWay) {
      const plan = planRun(manifest, { ...pair, stepCount, policy: null });
      const errors = withErrors ? new Float32Array(errorCount(stepCount) * latentLength(manifest)) : null;
      const { latents, cost } = await onBench(pair, plan, signal, giveWay, (bench) => teachWithErrors(backend, bench, errors));
      return { reference: latents, errors, cost };
    },

    async rescore({ pair, stepCount, policy }, signal, giveWay) {
      const plan = planRun(manifest, { ...pair, stepCount, policy });
      return onBench(pair, plan, signal, giveWay, async ({ model, noise, pauseHere }) => {
        const denoiser = createCachedDenoiser(model, policy, backend.ops);
        try {
          return await sampleEuler(denoiser.denoise, noise, plan.sigmas, backend.ops, { afterStep: pauseHere });
        } finally {
          denoiser.dispose();
        }
      });
    },
  };
}

/**
 * The full run. Into `errors`, as it goes, (σ[k+1] − σ[k])·(cached(x[k], σ[k], R[a]) − v[k]) for every a < k: the
 * same as core's `measureReuseErrors`, without keeping the run.
 */
async function teachWithErrors<T>(backend: LoopBackend<T>, { model, noise, plan, pauseHere }: Bench<T>, errors: Float32Array | null): Promise<T> {
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
  try {
    return await sampleEuler(denoise, noise, plan.sigmas, ops, { afterStep: pauseHere });
  } finally {
    for (const residual of residuals) ops.release(residual);
  }
}

/** The model, with its calls counted. */
function counted<T>(model: ResidualModel<T>): { readonly model: ResidualModel<T>; readonly calls: { fullCalls: number; cachedCalls: number } } {
  const calls = { fullCalls: 0, cachedCalls: 0 };
  return {
    calls,
    model: {
      full: (latents, step) => {
        calls.fullCalls += 1;
        return model.full(latents, step);
      },
      cached: (latents, step, residual) => {
        calls.cachedCalls += 1;
        return model.cached(latents, step, residual);
      },
    },
  };
}
