/** This machine's times, each the median of warm calls after one that is thrown away. */
import { scheduledSigmas } from '../../src/core/sampling/scheduled-sigmas.ts';
import type { CostModel } from '../../src/protocol/engine.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { decodeLatents } from '../pipelines/decode.ts';
import { denoiserInputs } from '../pipelines/denoiser-inputs.ts';
import { encodeBranches } from '../pipelines/encode-text.ts';
import type { EncodeText } from '../pipelines/encode-text.ts';
import type { GraphRunner } from '../pipelines/graph-runner.ts';
import { noiseOf } from '../pipelines/noise.ts';
import type { LoopBackend } from './loop-backend.ts';

const MIN_CALLS = 3;
/** A cached step of a small model is so short that its first calls are still cold. */
const MAX_CALLS = 20;
/** Slow machines get by with fewer calls. */
const ENOUGH_MS = 1000;

async function medianMs(call: () => Promise<unknown>, signal: AbortSignal): Promise<number> {
  await call();
  const times: number[] = [];
  let spentMs = 0;
  while (times.length < MIN_CALLS || (times.length < MAX_CALLS && spentMs < ENOUGH_MS)) {
    signal.throwIfAborted();
    const startMs = performance.now();
    await call();
    const ms = performance.now() - startMs;
    times.push(ms);
    spentMs += ms;
  }
  const sorted = times.toSorted((a, b) => a - b);
  const middle = Math.floor((sorted.length - 1) / 2);
  const upper = Math.ceil((sorted.length - 1) / 2);
  return ((sorted[middle] ?? 0) + (sorted[upper] ?? 0)) / 2;
}

/** A full and a cached time include the sampler's own step, as every step of a run does. */
export async function measureCosts<T>(
  backend: LoopBackend<T>,
  runner: GraphRunner,
  manifest: Manifest,
  encodeText: EncodeText,
  signal: AbortSignal,
): Promise<CostModel> {
  const prompt = manifest.vocabulary.examples[0] ?? '';
  const guidanceScale = manifest.guidance.default;
  const encode = (): ReturnType<typeof encodeBranches> => encodeBranches(encodeText, manifest, { prompt, guidanceScale });
  const textMs = await medianMs(encode, signal);
  const noise = noiseOf(0, manifest);
  const vaeMs = await medianMs(() => decodeLatents(runner, manifest, noise), signal);

  const sigmas = scheduledSigmas(manifest.defaults.stepCount, manifest.latent.tokens, manifest.scheduler.shift);
  const inputs = denoiserInputs(manifest, await encode(), guidanceScale, sigmas);
  const step = { stepIndex: 0, sigma: sigmas[0] ?? 1, sigmaNext: sigmas[1] ?? 0 };
  const { ops } = backend;
  const prepared = backend.prepare(inputs);
  const latents = backend.fromHost(noise);
  try {
    const endStep = async (velocity: T): Promise<void> => {
      const next = ops.weightedSum([1, step.sigmaNext - step.sigma], [latents, velocity]);
      ops.release(velocity);
      ops.release(next);
      await backend.finished();
    };
    const fullStep = async (): Promise<void> => {
      const { velocity, residual } = await prepared.model.full(latents, step);
      ops.release(residual);
      await endStep(velocity);
    };
    const fullMs = await medianMs(fullStep, signal);
    const { velocity, residual } = await prepared.model.full(latents, step);
    ops.release(velocity);
    try {
      const cachedStep = async (): Promise<void> => endStep(await prepared.model.cached(latents, step, residual));
      return { fullMs, cachedMs: await medianMs(cachedStep, signal), textMs, vaeMs };
    } finally {
      ops.release(residual);
    }
  } finally {
    ops.release(latents);
    prepared.release();
  }
}
