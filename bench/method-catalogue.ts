/** Which methods the tables hold at a budget, each refitted on the calibration pairs by its own paper's procedure. */
import { calibrateThreshold, modalMask } from '../src/core/baselines/calibrate-threshold.ts';
import { relativeChange } from '../src/core/baselines/cpu-signal-ops.ts';
import { dicacheForced, dicacheStatic } from '../src/core/baselines/dicache.ts';
import { easycache, easycacheForced } from '../src/core/baselines/easycache.ts';
import { ertacache, ertacacheMask, fitErtacache } from '../src/core/baselines/ertacache.ts';
import { exactBudgetMask } from '../src/core/baselines/exact-budget.ts';
import { MAGCACHE_DEFAULTS, magcacheMask, magnitudeRatios } from '../src/core/baselines/magcache.ts';
import type { CacheMethod, ThresholdSettings } from '../src/core/baselines/method.ts';
import { maskRule, thresholdRule } from '../src/core/baselines/method.ts';
import { methodOf } from '../src/core/baselines/runtime-policy.ts';
import { taylorseer, taylorseerMask } from '../src/core/baselines/taylorseer.ts';
import { fitTeacache, teacache, TEACACHE_FORCED } from '../src/core/baselines/teacache.ts';
import { uniformMask } from '../src/core/baselines/uniform.ts';
import { MAX_SPAN } from '../src/core/caching/payload-mean-velocity.ts';
import type { CachePolicy, PayloadKind, RuntimeRule } from '../src/core/policy.ts';
import { sampleAdamsBashforth } from '../src/core/sampling/adams-bashforth.ts';
import { sampleDpmSolver } from '../src/core/sampling/dpm-solver.ts';
import { sampleUniPc } from '../src/core/sampling/unipc.ts';
import { dpcacheMask } from '../src/core/search/dpcache.ts';
import { searchMultistepJointly } from '../src/core/search/joint-multistep.ts';
import type { Mask } from '../src/core/search/mask.ts';
import { meancacheMask } from '../src/core/search/meancache.ts';
import { PUBLISHED_MASKS } from '../src/core/search/published-masks.ts';
import { meanSquaredError } from '../src/core/metrics/mse.ts';
import { fluxSigmas } from '../src/core/sampling/sigmas.ts';
import type { LabBench } from './lab-bench.ts';
import { eulerSolver, methodSampler, observe, policySampler, solverSampler } from './method-sampler.ts';
import type { Sampler } from './method-sampler.ts';
import type { Family } from './method-results.ts';
import type { PairRuns } from './pair-runs.ts';
import { hasProbes } from './probe-model.ts';
import { meanOf } from './statistics.ts';

export interface Entry {
  readonly method: string;
  readonly family: Family;
  /** Fits it, or recalls the fit. */
  make(): Promise<Sampler>;
  /** Where a policy file can hold it. */
  readonly policy?: () => Promise<CachePolicy>;
}

const policyEntry = (method: string, family: Family, policy: () => Promise<CachePolicy>): Entry => ({ method, family, policy, make: async () => policySampler(await policy()) });

export interface CatalogueSource {
  readonly calibration: readonly PairRuns[];
  readonly sigmas: readonly number[];
  /** The scheduler's noise levels for another number of steps. */
  readonly sigmasFor: (stepCount: number) => readonly number[];
  readonly channels: number;
  readonly seed: number;
  /** False where the bundle has no graphs to look through. */
  readonly hasProbes: boolean;
  readonly maxGapEvaluations: number;
  /** Keeps fits: plain data by a key that says all it depends on. */
  readonly recall: <T>(key: string, make: () => Promise<T>) => Promise<T>;
}

export const sourceOf = ({ bundle: { manifest }, calibration, sigmas, seed, ledger, codeVersion, imageTokens }: LabBench): CatalogueSource => ({
  calibration,
  sigmas,
  sigmasFor: (stepCount) => fluxSigmas(stepCount, imageTokens, manifest.scheduler.shift),
  channels: manifest.latent.tokenChannels,
  seed,
  hasProbes: hasProbes(manifest),
  maxGapEvaluations: MAX_GAP_EVALUATIONS,
  recall: (key, make) => ledger.recall(`fit ${codeVersion}, ${key}`, make),
});

const CALIBRATION_TRIES = 10;
const MAX_GAP_EVALUATIONS = 100;
const MAX_MU_EVALUATIONS = 16;
const RIDGE = 1e-4;

export function heuristicEntries(source: CatalogueSource, nfe: number): Entry[] {
  const { sigmas, calibration, recall, hasProbes } = source;
  const stepCount = sigmas.length - 1;
  const space = { stepCount, nfe, prefix: 1 };
  const teachers = calibration.map(({ teacher }) => teacher);
  const masked = (method: string, payload: PayloadKind, mask: () => Mask): Entry =>
    policyEntry(method, 'heuristic-cache', async () => ({ stepCount, sigmas, payload, computedSteps: await recall(`${method} ${nfe}, ${calibration.length} pairs`, async () => mask()) }));
  const taylor = (order: 1 | 2): Entry => ({
    method: `taylorseer-${order}`,
    family: 'heuristic-cache',
    make: async () => methodSampler(taylorseer(order), maskRule(taylorseerMask(space)), sigmas),
  });
  const published = PUBLISHED_MASKS.filter(({ name, stepCount: steps, computedSteps }) => name.startsWith('cache-dit') && steps === stepCount && computedSteps.length === nfe);
  const ratios = magnitudeRatios(teachers.map(({ residuals }) => residuals));
  const forcedFirst = Math.max(1, Math.min(Math.round(MAGCACHE_DEFAULTS.retention * stepCount), nfe >> 1));
  // The cap on skips in a row would force more steps than small budgets have.
  const maxSkips = Math.max(MAGCACHE_DEFAULTS.maxSkips, Math.ceil((stepCount - forcedFirst) / (nfe - forcedFirst + 1)));
  return [
    masked('uniform', 'reuse', () => uniformMask(space)),
    masked('magcache', 'reuse', () => exactBudgetMask((threshold) => magcacheMask(ratios, { threshold, maxSkips, forcedFirst }), nfe).mask),
    masked('dpcache', 'taylor', () => dpcacheMask({ ...space, prefix: Math.max(1, Math.min(3, nfe >> 1)) }, teachers)),
    taylor(1),
    taylor(2),
    meancacheEntry(source, nfe),
    ertacacheEntry(source, nfe),
    ...published.map(({ name, computedSteps }) => masked(name.replace(' ', '-'), 'reuse', () => computedSteps)),
    ...adaptive(source, nfe, 'easycache', async () => [], easycacheForced(stepCount, nfe), () => easycache()),
    ...(hasProbes ? adaptive(source, nfe, 'teacache', () => teacachePolynomial(source), TEACACHE_FORCED, () => teacache([])) : []),
    ...(hasProbes ? adaptive(source, nfe, 'dicache', async () => [], dicacheForced(stepCount, nfe), dicacheStatic) : []),
  ];
}

/** A method that decides while sampling, and its most frequent mask frozen, which measures nothing any more. */
function adaptive(
  { sigmas, calibration, recall }: CatalogueSource,
  nfe: number,
  method: RuntimeRule['method'],
  coefficientsOf: () => Promise<readonly number[]>,
  forced: Omit<ThresholdSettings, 'threshold'>,
  frozen: (gamma: number) => CacheMethod<Float32Array>,
): Entry[] {
  const calibrated = (): Promise<{ rule: RuntimeRule; mask: Mask; gamma: number }> =>
    recall(`${method} ${nfe}, ${calibration.length} pairs`, async () => {
      const coefficients = await coefficientsOf();
      const ruleAt = (threshold: number): RuntimeRule => ({ method, threshold, ...forced, coefficients });
      const runAll = async (threshold: number) => {
        const runs = [];
        for (const pair of calibration) runs.push(await observe(methodOf(ruleAt(threshold)), thresholdRule(ruleAt(threshold)), sigmas, pair));
        return runs;
      };
      const { threshold } = await calibrateThreshold(
        async (tried) => meanOf((await runAll(tried)).map(({ run }) => run.computedSteps.length)),
        nfe,
        CALIBRATION_TRIES,
      );
      const runs = await runAll(threshold);
      const gammas = runs.flatMap((run) => run.gammas);
      return { rule: ruleAt(threshold), mask: modalMask(runs.map(({ run }) => run.computedSteps)), gamma: gammas.length === 0 ? 1 : meanOf(gammas) };
    });
  return [
    {
      method,
      family: 'heuristic-cache',
      make: async () => {
        const { rule } = await calibrated();
        return methodSampler(methodOf(rule), thresholdRule(rule), sigmas);
      },
      policy: async () => {
        const { rule, mask } = await calibrated();
        return { stepCount: sigmas.length - 1, sigmas, computedSteps: mask, payload: 'reuse', rule };
      },
    },
    {
      method: `${method}-frozen`,
      family: 'heuristic-cache',
      make: async () => {
        const { mask, gamma } = await calibrated();
        return methodSampler({ ...frozen(gamma), signal: null }, maskRule(mask), sigmas);
      },
    },
  ];
}

const teacachePolynomial = ({ calibration, sigmas, recall }: CatalogueSource): Promise<readonly number[]> =>
  recall(`teacache polynomial, ${calibration.length} pairs`, async () => {
    const [inputChanges, outputChanges]: [number[], number[]] = [[], []];
    for (const { modelAt, teacher } of calibration) {
      const model = modelAt(sigmas);
      let before: Float32Array | null = null;
      for (const [stepIndex, velocity] of teacher.velocities.entries()) {
        const step = { stepIndex, sigma: sigmas[stepIndex] ?? Number.NaN, sigmaNext: sigmas[stepIndex + 1] ?? Number.NaN };
        const [modulated = velocity]: readonly Float32Array[] = await model.probe('modulated', teacher.latents[stepIndex] ?? velocity, step);
        if (before !== null) {
          inputChanges.push(relativeChange(modulated, before));
          outputChanges.push(relativeChange(velocity, teacher.velocities[stepIndex - 1] ?? velocity));
        }
        before = modulated;
      }
    }
    return fitTeacache(inputChanges, outputChanges);
  });

/** MeanCache's mask, and of its spans the one that comes nearest on the calibration pairs. */
const meancacheEntry = ({ sigmas, calibration, recall }: CatalogueSource, nfe: number): Entry =>
  policyEntry('meancache', 'heuristic-cache', () =>
    recall(`meancache ${nfe}, ${calibration.length} pairs`, async () => {
      const stepCount = sigmas.length - 1;
      const computedSteps = meancacheMask({ stepCount, nfe, prefix: 1 }, calibration.map(({ teacher }) => teacher));
      const tried: { readonly policy: CachePolicy; readonly loss: number }[] = [];
      for (let parameter = 1; parameter <= MAX_SPAN; parameter++) {
        const candidate: CachePolicy = { stepCount, sigmas, computedSteps, payload: 'mean-velocity', parameter };
        const sampler = policySampler(candidate);
        const logs: number[] = [];
        for (const pair of calibration) logs.push(Math.log(meanSquaredError(pair.reference, (await sampler(pair)).latents)));
        tried.push({ policy: candidate, loss: meanOf(logs) });
      }
      return tried.reduce((best, one) => (one.loss < best.loss ? one : best)).policy;
    }),
  );

const ertacacheEntry = ({ sigmas, calibration, channels, recall }: CatalogueSource, nfe: number): Entry => ({
  method: 'ertacache',
  family: 'heuristic-cache',
  make: async () => {
    const { mask, rectifications } = await recall(`ertacache ${nfe}, ${calibration.length} pairs`, async () => {
      const found = exactBudgetMask((threshold) => ertacacheMask(calibration.map(({ teacher }) => teacher), threshold), nfe).mask;
      return { mask: found, rectifications: [...(await fitErtacache(calibration, found, channels))] };
    });
    return methodSampler(ertacache(new Map(rectifications)), maskRule(mask), sigmas);
  },
});

export function fewerStepEntries(source: CatalogueSource, nfe: number): Entry[] {
  const levels = source.sigmasFor(nfe);
  const solvers = { euler: eulerSolver, 'adams-bashforth-2': sampleAdamsBashforth, 'dpm-solver++-2m': sampleDpmSolver, unipc: sampleUniPc };
  const plain = Object.entries(solvers).map(([method, solver]): Entry => ({ method, family: 'fewer-steps', make: async () => solverSampler(solver, levels) }));
  return [...plain, { method: 'fitted-multistep', family: 'fewer-steps', make: () => fittedMultistep(source, nfe) }];
}

async function fittedMultistep({ calibration, sigmas, sigmasFor, seed, recall, maxGapEvaluations }: CatalogueSource, nfe: number): Promise<Sampler> {
  const half = Math.ceil(calibration.length / 2);
  const policy = await recall(`fitted-multistep ${nfe}, ${calibration.length} pairs, ${maxGapEvaluations} gap evaluations, seed ${seed}`, async () => {
    const task = { calibration: calibration.slice(0, half), judges: calibration.slice(half), sigmas, nfe, seed, maxMuEvaluations: MAX_MU_EVALUATIONS, maxGapEvaluations };
    return (await searchMultistepJointly(task, { starts: [sigmasFor(nfe)], ridge: RIDGE })).policy;
  });
  return policySampler(policy);
}
