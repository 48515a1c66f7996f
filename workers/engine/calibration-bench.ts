/** What every calibration run stands on: pairs set up on the device, work that is timed and stands aside, nothing left behind. */
import type { ResidualModel } from '../../src/core/denoiser.ts';
import type { CalibrationCost, CalibrationPair } from '../../src/protocol/calibration.ts';
import type { BackendKind } from '../../src/protocol/engine.ts';
import { CodedError } from '../../src/protocol/errors.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { denoiserInputs } from '../pipelines/denoiser-inputs.ts';
import type { EncodeText } from '../pipelines/encode-text.ts';
import { encodeBranches } from '../pipelines/encode-text.ts';
import { noiseOf } from '../pipelines/noise.ts';
import { rememberText } from './calibration-text.ts';
import type { LoopBackend } from './loop-backend.ts';
import type { GiveWay } from './run-queue.ts';

/** One pair, ready to run. */
export interface BenchPair<T> {
  readonly model: ResidualModel<T>;
  readonly noise: Float32Array;
}

export interface Bench<T> {
  readonly backend: LoopBackend<T>;
  readonly pairs: readonly BenchPair<T>[];
  readonly sigmas: readonly number[];
  /** Lets messages in, and a person's runs; fails when cancelled. */
  readonly pauseHere: () => Promise<void>;
}

export interface BenchJob {
  readonly pairs: readonly CalibrationPair[];
  readonly sigmas: readonly number[];
  readonly signal: AbortSignal;
  readonly giveWay: GiveWay;
}

export type OnBench<T> = <R>(job: BenchJob, work: (bench: Bench<T>) => Promise<R>) => Promise<{ readonly value: R; readonly cost: CalibrationCost }>;

/** Sets up, measures and clears away around work. */
export function createBench<T>(backend: LoopBackend<T>, kind: BackendKind, manifest: Manifest, encodeText: EncodeText): OnBench<T> {
  const textOf = rememberText(encodeText);
  return async ({ pairs, sigmas, signal, giveWay }, work) => {
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
    const texts: Awaited<ReturnType<typeof encodeBranches>>[] = [];
    for (const pair of pairs) texts.push(await encodeBranches(textOf, manifest, pair));
    const calls = { fullCalls: 0, cachedCalls: 0 };
    const liveBefore = backend.liveTensors();
    const releases: (() => void)[] = [];
    let value: Awaited<ReturnType<typeof work>>;
    try {
      const ready = pairs.map(({ guidanceScale, seed }, index): BenchPair<T> => {
        const prepared = backend.prepare(denoiserInputs(manifest, texts[index] ?? [], guidanceScale, sigmas));
        releases.push(() => prepared.release());
        return { model: counted(prepared.model, calls), noise: noiseOf(seed, manifest) };
      });
      value = await work({ backend, pairs: ready, sigmas, pauseHere });
    } finally {
      for (const release of releases) release();
    }
    const leaked = backend.liveTensors() - liveBefore;
    if (leaked !== 0) throw new CodedError('internal', `Calibration left ${leaked} tensors on the device`);
    spent.ms += performance.now();
    spent.readbackBytes += backend.readbacks.totalBytes();
    return { value, cost: { backend: kind, ...spent, ...calls } };
  };
}

/** A tensor's values, for good; the tensor is given back. @throws CodedError `internal` where they are no numbers. */
export async function takeHome<T>({ backend }: Pick<Bench<T>, 'backend'>, tensor: T): Promise<Float32Array> {
  try {
    const values = (await backend.toHost(tensor)).slice();
    if (!values.every(Number.isFinite)) throw new CodedError('internal', 'The latents hold values that are no numbers');
    return values;
  } finally {
    backend.ops.release(tensor);
  }
}

/** Work that starts from the pair's noise on the device. */
export async function fromNoise<T, R>({ backend }: Pick<Bench<T>, 'backend'>, noise: Float32Array, work: (noise: T) => Promise<R>): Promise<R> {
  const start = backend.fromHost(noise);
  try {
    return await work(start);
  } finally {
    backend.ops.release(start);
  }
}

/** The model, with its calls counted. */
function counted<T>(model: ResidualModel<T>, calls: { fullCalls: number; cachedCalls: number }): ResidualModel<T> {
  return {
    full: (latents, step) => {
      calls.fullCalls += 1;
      return model.full(latents, step);
    },
    cached: (latents, step, residual) => {
      calls.cachedCalls += 1;
      return model.cached(latents, step, residual);
    },
  };
}
