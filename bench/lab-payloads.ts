/** Every payload on the same masks, on the validation pairs: mean latent PSNR and the paired gain over plain reuse. */
import type { ClosedLoopFit, FitSettings } from '../src/core/caching/closed-loop-fit.ts';
import { createClosedLoopFit, FIT_SETTINGS } from '../src/core/caching/closed-loop-fit.ts';
import type { CachePolicy, FittedBasis } from '../src/core/policy.ts';
import { fittedProxyScore } from '../src/core/search/proxy-fitted.ts';
import { sigmaWeights } from '../src/core/search/proxy-weights.ts';
import { createProxy } from '../src/core/search/proxy.ts';
import { searchByProxy } from '../src/core/search/proxy-search.ts';
import { IMPROVED_SETTINGS, improvedSearch } from '../src/core/search/improved-search.ts';
import type { Mask } from '../src/core/search/mask.ts';
import { maskKey } from '../src/core/search/mask.ts';
import { fitObjective } from '../src/core/search/run-objectives.ts';
import type { StagedObjective } from '../src/core/search/staged-objective.ts';
import { geometricMask } from '../src/core/search/warm-starts.ts';
import type { LabBench } from './lab-bench.ts';
import { measurePairErrors, shippedMask } from './lab-bench.ts';
import { policyPsnrsDb } from './lab-joint.ts';
import type { PairRuns } from './pair-runs.ts';
import { bootstrapMean, meanOf } from './statistics.ts';

const FIXED = ['reuse', 'taylor', 'damped-taylor', 'two-anchor', 'mean-velocity'] as const;
const BASES: Readonly<Record<string, readonly FittedBasis[]>> = {
  'fitted heads': ['heads'],
  'fitted velocities': ['velocities'],
  'fitted both': ['heads-and-velocity'],
  'fitted, basis chosen per step': FIT_SETTINGS.bases,
};

export async function payloadFigures(bench: LabBench) {
  const { calibration, sigmas, stepCount } = bench;
  const half = Math.ceil(calibration.length / 2);
  const [fitted, judging] = [calibration.slice(0, half), calibration.slice(half)];
  const fitWith = (settings: Partial<FitSettings>): ClosedLoopFit => createClosedLoopFit(fitted, judging, sigmas, { ...FIT_SETTINGS, ...settings });
  const { pairErrors } = await measurePairErrors(calibration);
  const proxy = createProxy({ stepCount, grams: pairErrors.map(({ gram }) => gram) }, sigmaWeights(sigmas));

  const tables = [];
  for (const nfe of bench.budgets) {
    const space = { stepCount, nfe, prefix: 1 };
    const byProxy = await searchByProxy({ proxy, space, seed: bench.seed, randomStarts: 20, keep: 64 });
    const warmStarts = byProxy.masks.toSorted((a, b) => fittedProxyScore(proxy, a.mask).score - fittedProxyScore(proxy, b.mask).score).map(({ mask }) => mask);
    const latentsOf = (pairs: readonly PairRuns[]): Float32Array[] => pairs.map(({ reference }) => reference);
    const fitting = fitObjective(fitWith({}), { calibration: latentsOf(fitted), validation: latentsOf(judging) });
    const known = `fit ${fitted.length} + ${judging.length} pairs, ${JSON.stringify(FIT_SETTINGS)}`;
    const objective: StagedObjective = { ...fitting, losses: (mask, stage) => bench.ledger.recall(`${known} {${maskKey(mask)}}`, () => fitting.losses(mask, stage)) };
    const settings = { ...IMPROVED_SETTINGS, proxy, warmStarts: warmStarts.slice(0, 8), proxyFinalists: 8, finalists: 1 };
    const maxEvaluations = 120 * calibration.length;
    const joint = await improvedSearch(settings)({ stepCount, nfe, objective, seed: bench.seed, teacherRuns: calibration.length, maxEvaluations });
    const masks: [string, Mask | null][] = [
      ['uniform', geometricMask(space, 1, 1)],
      ['shipped, the paper’s recipe', await shippedMask(bench, nfe)],
      ['the proxy’s best', byProxy.masks[0]?.mask ?? null],
      [`joint with the fit, ${joint.evaluations} evaluations`, joint.mask],
    ];
    for (const [name, mask] of masks) {
      if (mask === null) continue;
      const key = `payloads ${bench.codeVersion} ${known} ${bench.validation.length} {${maskKey(mask)}}`;
      tables.push({ nfe, name, mask, rows: await bench.ledger.recall(key, () => rowsOf(bench, mask, fitWith)) });
      bench.say(`NFE ${nfe}: ${name}`);
    }
  }
  return { fitPairs: fitted.length, judgingPairs: judging.length, validationPairs: bench.validation.length, tables };
}

async function rowsOf(bench: LabBench, mask: Mask, fitWith: (settings: Partial<FitSettings>) => ClosedLoopFit) {
  const plain = { stepCount: bench.stepCount, sigmas: bench.sigmas, computedSteps: mask };
  const policies: [string, CachePolicy][] = FIXED.map((payload) => [payload, { ...plain, payload }]);
  for (const [name, bases] of Object.entries(BASES)) {
    const { steps } = await fitWith({ bases }).fit(mask);
    policies.push([name, { ...plain, payload: 'fitted', coefficients: steps.map(({ coefficients }) => coefficients) }]);
  }
  const rows = [];
  let reuse: readonly number[] = [];
  for (const [payload, policy] of policies) {
    const psnrs = await policyPsnrsDb(bench.validation, policy);
    if (payload === 'reuse') reuse = psnrs;
    const gains = psnrs.map((psnr, pair) => psnr - (reuse[pair] ?? Number.NaN));
    rows.push({ payload, latentPsnrDb: meanOf(psnrs), gainOverReuseDb: bootstrapMean(gains) });
  }
  return rows;
}
