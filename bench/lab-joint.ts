/** Mask, payload and noise levels searched together, both kinds of policy, judged on the validation pairs. */
import { createCachedDenoiser } from '../src/core/caching/cached-denoiser.ts';
import { latentPsnrDb } from '../src/core/metrics/psnr.ts';
import type { CachePolicy } from '../src/core/policy.ts';
import { cpuTensorOps } from '../src/core/sampling/cpu-tensor-ops.ts';
import { sampleEuler } from '../src/core/sampling/euler.ts';
import { fluxSigmas } from '../src/core/sampling/sigmas.ts';
import { JOINT_CACHED_SETTINGS, searchCachedJointly } from '../src/core/search/joint-cached.ts';
import { levelsOfMask, searchMultistepJointly } from '../src/core/search/joint-multistep.ts';
import type { JointOutcome, JointTask } from '../src/core/search/joint-task.ts';
import { fittedProxyScore } from '../src/core/search/proxy-fitted.ts';
import { searchByProxy } from '../src/core/search/proxy-search.ts';
import { sigmaWeights } from '../src/core/search/proxy-weights.ts';
import { createProxy } from '../src/core/search/proxy.ts';
import type { LabBench } from './lab-bench.ts';
import { decibels, measurePairErrors, shippedMask } from './lab-bench.ts';
import type { PairRuns } from './pair-runs.ts';
import { bootstrapMean, meanOf } from './statistics.ts';

const MAX_MASKS = 100;
const MAX_MU_EVALUATIONS = 16;
const MAX_GAP_EVALUATIONS = 100;
const RIDGE = 1e-4;

export async function jointFigures(bench: LabBench) {
  const { calibration, sigmas, stepCount, imageTokens } = bench;
  const half = Math.ceil(calibration.length / 2);
  const [fitted, judges] = [calibration.slice(0, half), calibration.slice(half)];
  const { pairErrors } = await measurePairErrors(calibration);
  const proxy = createProxy({ stepCount, grams: pairErrors.map(({ gram }) => gram) }, sigmaWeights(sigmas));
  const budgets = [];
  for (const nfe of bench.budgets) {
    const byProxy = await searchByProxy({ proxy, space: { stepCount, nfe, prefix: 1 }, seed: bench.seed, randomStarts: 20, keep: 64 });
    const starts = byProxy.masks.map(({ mask }) => mask).toSorted((a, b) => fittedProxyScore(proxy, a).score - fittedProxyScore(proxy, b).score);
    const task: JointTask = {
      calibration: fitted,
      judges,
      sigmas,
      nfe,
      seed: bench.seed,
      maxMuEvaluations: MAX_MU_EVALUATIONS,
      maxGapEvaluations: MAX_GAP_EVALUATIONS,
      book: { recall: (key, make) => bench.ledger.recall(`${fitted.length} + ${judges.length} pairs, ${key}`, make) },
      onProgress: ({ stage, evaluations, bestValue }) => bench.say(`NFE ${nfe}: ${stage}, ${evaluations} evaluations, mean log loss ${bestValue.toFixed(3)}`),
    };
    const cached = await searchCachedJointly(task, { ...JOINT_CACHED_SETTINGS, maxMasks: MAX_MASKS, proxy, starts: starts.slice(0, 8) });
    const ownLevels = fluxSigmas(nfe, imageTokens);
    const multistep = await searchMultistepJointly(task, { ridge: RIDGE, starts: [ownLevels, levelsOfMask(sigmas, cached.policy.computedSteps)] });
    const shipped = await shippedMask(bench, nfe);
    const plain: [string, CachePolicy | null][] = [
      ['fewer steps', { stepCount: nfe, sigmas: ownLevels, computedSteps: ownLevels.slice(1).map((_, step) => step), payload: 'reuse' }],
      ['shipped, the paper’s recipe, plain reuse', shipped === null ? null : { stepCount, sigmas, computedSteps: shipped, payload: 'reuse' }],
    ];
    const baselines = [];
    for (const [name, policy] of plain) if (policy !== null) baselines.push({ name, ...(await worthOf(bench.validation, policy)) });
    budgets.push({ nfe, baselines, cached: await summary(bench, cached), multistep: await summary(bench, multistep) });
  }
  return { fitPairs: fitted.length, judgingPairs: judges.length, validationPairs: bench.validation.length, budgets };
}

async function summary(bench: LabBench, { policy, stages, evaluations }: JointOutcome) {
  const { start, afterMask, afterMu, afterGaps } = stages;
  const gainsDb = { mask: decibels(afterMask - start), mu: decibels(afterMu - afterMask), gaps: decibels(afterGaps - afterMu) };
  return { ...(await worthOf(bench.validation, policy)), gainsOnJudgesDb: gainsDb, evaluations, policy };
}

async function worthOf(pairs: readonly PairRuns[], policy: CachePolicy) {
  const psnrs = await policyPsnrsDb(pairs, policy);
  return { latentPsnrDb: meanOf(psnrs), interval: bootstrapMean(psnrs) };
}

/** Latent PSNR against the full run, of each pair. */
export async function policyPsnrsDb(pairs: readonly PairRuns[], policy: CachePolicy): Promise<number[]> {
  const psnrs: number[] = [];
  for (const pair of pairs) psnrs.push(latentPsnrDb(pair.reference, await policyLatents(pair, policy)));
  return psnrs;
}

/** The final latents of one pair's run under any policy. */
export function policyLatents({ modelAt, teacher, reference }: PairRuns, policy: CachePolicy): Promise<Float32Array> {
  const { denoise } = createCachedDenoiser(modelAt(policy.sigmas), policy, cpuTensorOps);
  return sampleEuler(denoise, teacher.latents[0] ?? reference, policy.sigmas, cpuTensorOps);
}
