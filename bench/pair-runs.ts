/** Pairs of prompt and seed, made ready to be run under any mask. */
import { readFile } from 'node:fs/promises';
import type { ProbeModel } from '../src/core/baselines/method.ts';
import { createPrefixRuns } from '../src/core/caching/prefix-runs.ts';
import type { TeacherRun } from '../src/core/caching/teacher-run.ts';
import { recordTeacher } from '../src/core/caching/teacher-run.ts';
import type { ResidualModel } from '../src/core/denoiser.ts';
import { latentPsnrDb } from '../src/core/metrics/psnr.ts';
import { meanSquaredError } from '../src/core/metrics/mse.ts';
import type { Mask } from '../src/core/search/mask.ts';
import type { Objective } from '../src/core/search/objective.ts';
import type { MaskRuns } from '../src/core/search/run-objectives.ts';
import { denoiserInputs } from '../workers/pipelines/denoiser-inputs.ts';
import { HostResidualModel } from '../workers/pipelines/host-residual-model.ts';
import { noiseOf } from '../workers/pipelines/noise.ts';
import { createEncodeText } from '../workers/pipelines/text-encoders.ts';
import type { NodeBundle } from './node-runtime.ts';
import { hasProbes, resumingModel } from './probe-model.ts';

export interface Pair {
  readonly prompt: string;
  /** Unsigned 32-bit. */
  readonly seed: number;
}

/** @param file a JSON list of {prompt, seed}. */
export async function readPairs(file: URL): Promise<Pair[]> {
  const value: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!Array.isArray(value)) throw new Error(`${file.pathname} is no list of pairs.`);
  return value.map((entry: unknown, index) => {
    if (isPair(entry)) return { prompt: entry.prompt, seed: entry.seed };
    throw new Error(`${file.pathname}: entry ${index} is no pair of prompt and seed.`);
  });
}

const isPair = (value: unknown): value is Pair =>
  typeof value === 'object' &&
  value !== null &&
  'prompt' in value &&
  typeof value.prompt === 'string' &&
  'seed' in value &&
  Number.isInteger(value.seed);

/** One pair with its model and its full run. */
export interface PairRuns extends MaskRuns {
  /** Tells it from others. */
  readonly name: string;
  readonly model: ResidualModel<Float32Array>;
  readonly teacher: TeacherRun;
  readonly noise: Float32Array;
  /** The model under other noise levels; its probes fail where the bundle has no graphs for them. */
  readonly modelAt: (sigmas: readonly number[]) => ProbeModel<Float32Array>;
}

/** Encodes each prompt and does its full run at the model's default guidance. */
export async function preparePairs(bundle: NodeBundle, pairs: readonly Pair[], sigmas: readonly number[]): Promise<PairRuns[]> {
  const { manifest, runner, tokenizers } = bundle;
  const encodeText = createEncodeText(runner, manifest, tokenizers);
  const prepared: PairRuns[] = [];
  for (const { prompt, seed } of pairs) {
    const text = await encodeText(prompt);
    const modelAt = (levels: readonly number[]): ProbeModel<Float32Array> => {
      const host = new HostResidualModel(runner, manifest, denoiserInputs(manifest, [text], manifest.guidance.default, levels));
      return hasProbes(manifest) ? resumingModel(host) : host;
    };
    const model = modelAt(sigmas);
    const noise = noiseOf(seed, manifest);
    const teacher = await recordTeacher(model, noise, sigmas);
    const reference = teacher.latents.at(-1) ?? noise;
    prepared.push({ name: `${seed} ${prompt}`, noise, model, modelAt, teacher, reference, ...createPrefixRuns(model, noise, sigmas) });
  }
  return prepared;
}

/** The paper's: MSE of the final latents against the full run's, same noise, same prompt, mean over the pairs. */
export function latentMseObjective(pairs: readonly PairRuns[]): Objective {
  return async (mask) => {
    let sum = 0;
    for (const pair of pairs) sum += meanSquaredError(pair.reference, await pair.finalLatents(mask));
    return sum / pairs.length;
  };
}

/** Of each pair. */
export async function latentPsnrsDb(pairs: readonly PairRuns[], mask: Mask): Promise<number[]> {
  const psnrs: number[] = [];
  for (const pair of pairs) psnrs.push(latentPsnrDb(pair.reference, await pair.finalLatents(mask)));
  return psnrs;
}
