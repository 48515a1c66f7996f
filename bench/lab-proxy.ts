/** The proxy against real runs: how fast it scores, how it ranks random masks, and what its best are worth. */
import { seededRandom } from '../src/core/rng/seeded-random.ts';
import { improvedSearch, IMPROVED_SETTINGS } from '../src/core/search/improved-search.ts';
import type { Mask } from '../src/core/search/mask.ts';
import { searchByProxy } from '../src/core/search/proxy-search.ts';
import type { Probe } from '../src/core/search/proxy-weights.ts';
import { growthWeights, probeOf, sigmaPowerPrior, sigmaWeights } from '../src/core/search/proxy-weights.ts';
import type { Proxy } from '../src/core/search/proxy.ts';
import { createProxy } from '../src/core/search/proxy.ts';
import { randomMask } from '../src/core/search/random-mask.ts';
import type { MaskRuns } from '../src/core/search/run-objectives.ts';
import { runObjective } from '../src/core/search/run-objectives.ts';
import { meanLogLoss } from '../src/core/search/staged-objective.ts';
import type { LabBench, PairErrors } from './lab-bench.ts';
import { decibels, ledgerLosses, measurePairErrors, secondsSince, shippedMask } from './lab-bench.ts';
import { spearman } from './statistics.ts';

const PROBES = 8;
const RESCORED = 64;

export async function proxyFigures(bench: LabBench) {
  const { stepCount, sigmas, calibration, seed } = bench;
  const { pairErrors, seconds: measureSeconds } = await measurePairErrors(calibration);
  const grams = pairErrors.map(({ gram }) => gram);
  const objective = runObjective(ledgerLosses(bench, calibration), [], [calibration.length]);
  const trueValue = async (mask: Mask): Promise<number> => meanLogLoss(await objective.losses(mask, 0));

  const budgets = [];
  for (const nfe of bench.budgets) {
    const space = { stepCount, nfe, prefix: 1 };
    const random = seededRandom(seed);
    const probes = await probeMasks(Array.from({ length: PROBES }, () => randomMask(space, random)), calibration, pairErrors);
    const proxies: [string, Proxy][] = [
      ['no weights', createProxy({ stepCount, grams })],
      ['sigma', createProxy({ stepCount, grams }, sigmaWeights(sigmas))],
      ['measured power of sigma', createProxy({ stepCount, grams }, sigmaPowerPrior(probes, grams, sigmas))],
      ...[1e-3, 1e-2, 1e-1].map((ridge): [string, Proxy] => [
        `measured growth, ridge ${ridge}`,
        createProxy({ stepCount, grams }, growthOf(probes, grams, sigmas, ridge)),
      ]),
    ];
    const masks = Array.from({ length: bench.maskCount }, () => randomMask(space, random));
    const truth: number[] = [];
    for (const mask of masks) truth.push(await trueValue(mask));
    bench.say(`NFE ${nfe}: ${masks.length} random masks`);
    const rows = [];
    for (const [weights, proxy] of proxies) {
      const rank = spearman(masks.map((mask) => proxy.score(mask)), truth);
      rows.push({ weights, spearman: rank, ...(await bestOf(proxy, space, seed, trueValue)) });
      bench.say(`NFE ${nfe}: the best by “${weights}”`);
    }
    const found = await bestFound(bench, nfe, proxies[0]?.[1] ?? null, objective);
    budgets.push({
      nfe,
      randomMasks: masks.length,
      probeMasks: PROBES,
      masksPerSecond: await speedOf(proxies[1]?.[1], space),
      rows: rows.map((row) => ({ ...row, dbBehindBestFound: decibels(found.value - row.bestValue) })),
      bestFound: found,
    });
  }
  return { pairs: calibration.length, measureSeconds, rescored: RESCORED, budgets };
}

async function probeMasks(masks: readonly Mask[], pairs: readonly MaskRuns[], pairErrors: readonly PairErrors[]): Promise<Probe[]> {
  const probes: Probe[] = [];
  for (const mask of masks) {
    for (const [pairIndex, pair] of pairs.entries()) {
      const latents = await pair.finalLatents(mask);
      const finalError = latents.map((value, index) => value - (pair.reference[index] ?? Number.NaN));
      probes.push(probeOf(mask, pairIndex, finalError, pairErrors[pairIndex]?.errors ?? []));
    }
  }
  return probes;
}

const growthOf = (probes: readonly Probe[], grams: readonly Float64Array[], sigmas: readonly number[], ridge: number): number[] =>
  growthWeights(probes, grams, sigmaPowerPrior(probes, grams, sigmas), ridge);

async function bestOf(proxy: Proxy, space: { stepCount: number; nfe: number; prefix: number }, seed: number, trueValue: (mask: Mask) => Promise<number>) {
  const { masks } = await searchByProxy({ proxy, space, seed, randomStarts: 30, keep: RESCORED });
  let [bestMask, bestValue]: [Mask, number] = [[], Infinity];
  for (const { mask } of masks) {
    const value = await trueValue(mask);
    if (value < bestValue) [bestMask, bestValue] = [mask, value];
  }
  return { bestMask, bestValue };
}

/** The best of any search here on the same pairs. */
async function bestFound(bench: LabBench, nfe: number, proxy: Proxy | null, objective: ReturnType<typeof runObjective>) {
  const task = { stepCount: bench.stepCount, nfe, objective, teacherRuns: 0 };
  const found: { readonly mask: Mask; readonly value: number }[] = [];
  for (const seed of [bench.seed, bench.seed + 1]) found.push(await improvedSearch({ ...IMPROVED_SETTINGS, proxy })({ ...task, seed }));
  const shipped = await shippedMask(bench, nfe);
  if (shipped !== null) found.push({ mask: shipped, value: meanLogLoss(await objective.losses(shipped, 0)) });
  const best = found.toSorted((a, b) => a.value - b.value)[0];
  return { mask: best?.mask ?? [], value: best?.value ?? Number.NaN };
}

/** Moves scored in descents, on one core. */
async function speedOf(proxy: Proxy | undefined, space: { stepCount: number; nfe: number; prefix: number }): Promise<number> {
  if (proxy === undefined) return Number.NaN;
  const startedMs = performance.now();
  const { masksScored } = await searchByProxy({ proxy, space, seed: 99, randomStarts: 40, keep: RESCORED });
  return Math.round(masksScored / Math.max(0.01, secondsSince(startedMs)));
}
