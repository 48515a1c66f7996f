/** Every method of the tables as one kind of function: a pair's noise in, final latents and what they cost out. */
import type { CacheMethod, ProbeModel, Rule } from '../src/core/baselines/method.ts';
import { cpuSignalOps } from '../src/core/baselines/cpu-signal-ops.ts';
import { createMethodDenoiser } from '../src/core/baselines/method-denoiser.ts';
import { createCachedDenoiser } from '../src/core/caching/cached-denoiser.ts';
import { cachedCallsOf } from '../src/core/caching/cost.ts';
import type { Cancel, Denoiser } from '../src/core/denoiser.ts';
import type { CachePolicy } from '../src/core/policy.ts';
import { cpuTensorOps } from '../src/core/sampling/cpu-tensor-ops.ts';
import { sampleEuler } from '../src/core/sampling/euler.ts';
import type { Mask } from '../src/core/search/mask.ts';

/** What a sampler asks of a pair. */
export interface SampledPair {
  readonly noise: Float32Array;
  readonly modelAt: (sigmas: readonly number[]) => ProbeModel<Float32Array>;
}

export interface SampledRun {
  readonly latents: Float32Array;
  readonly computedSteps: Mask;
  readonly cachedCalls: number;
}

export type Sampler = (pair: SampledPair) => Promise<SampledRun>;

export const policySampler =
  (policy: CachePolicy): Sampler =>
  async ({ noise, modelAt }) => {
    const { denoise } = createCachedDenoiser(modelAt(policy.sigmas), policy, cpuTensorOps);
    const latents = await sampleEuler(denoise, noise, policy.sigmas, cpuTensorOps);
    return { latents, computedSteps: policy.computedSteps, cachedCalls: cachedCallsOf(policy) };
  };

export const methodSampler =
  (method: CacheMethod<Float32Array>, rule: Rule, sigmas: readonly number[]): Sampler =>
  async (pair) => {
    const { run } = await observe(method, rule, sigmas, pair);
    return run;
  };

/** As the sampler, with the γ of each skipped step that had one. */
export async function observe(method: CacheMethod<Float32Array>, rule: Rule, sigmas: readonly number[], { noise, modelAt }: SampledPair) {
  const stepCount = sigmas.length - 1;
  const denoiser = createMethodDenoiser(modelAt(sigmas), method, rule, stepCount, cpuSignalOps);
  const latents = await sampleEuler(denoiser.denoise, noise, sigmas, cpuTensorOps);
  const decisions = denoiser.decisions();
  const computedSteps = decisions.flatMap((decision, step) => (decision === 'compute' ? [step] : []));
  const gammas = denoiser.readings().flatMap(({ gamma }, step) => (decisions[step] === 'reuse' && gamma !== undefined ? [gamma] : []));
  // EasyCache moves its output with the latents and asks nothing of the model.
  const cachedCalls = method.signal?.probe === null ? 0 : stepCount - computedSteps.length;
  return { run: { latents, computedSteps, cachedCalls } satisfies SampledRun, gammas };
}

type Solver = (denoiser: Denoiser<Float32Array>, noise: Float32Array, sigmas: readonly number[], cancel?: Cancel) => Promise<Float32Array>;

export const eulerSolver: Solver = (denoiser, noise, sigmas) => sampleEuler(denoiser, noise, sigmas, cpuTensorOps);

/** Every step computed. */
export const solverSampler =
  (solver: Solver, sigmas: readonly number[]): Sampler =>
  async ({ noise, modelAt }) => {
    const model = modelAt(sigmas);
    const latents = await solver(async (current, step) => (await model.full(current, step)).velocity, noise, sigmas);
    return { latents, computedSteps: sigmas.slice(1).map((_, step) => step), cachedCalls: 0 };
  };
