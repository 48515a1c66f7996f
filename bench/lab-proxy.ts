/** The proxy against real runs: how fast it scores, how it ranks random masks, and what its best are worth. */
import { seededRandom } from '../src/core/rng/seeded-random.ts';
import { improvedSearch, IMPROVED_SETTINGS } from '../src/core/search/improved-search.ts';
import type { Mask, MaskSpace } from '../src/core/search/mask.ts';
import { searchByProxy } from '../src/core/search/proxy-search.ts';
import { EARLY_ERROR_POWER, sigmaWeights } from '../src/core/search/proxy-weights.ts';
import type { Proxy } from '../src/core/search/proxy.ts';
import { createProxy } from '../src/core/search/proxy.ts';
import { randomMask } from '../src/core/search/random-mask.ts';
import { recipeSearch } from '../src/core/search/recipe-search.ts';
import { runObjective } from '../src/core/search/run-objectives.ts';
import { openDesk } from '../src/core/search/search-task.ts';
import type { StagedObjective } from '../src/core/search/staged-objective.ts';
import { meanLogLoss } from '../src/core/search/staged-objective.ts';
import { followSurrogate } from '../src/core/search/surrogate-search.ts';
import type { LabBench } from './lab-bench.ts';
import { decibels, ledgerLosses, measurePairErrors, secondsSince, shippedMask } from './lab-bench.ts';
import { medianOf, spearman } from './statistics.ts';

/** The first weights nothing; the one that the searches use is among them. */
const POWERS = [0, 1, EARLY_ERROR_POWER, 2, 2.5, 3, 4, 6];
const RESCORED = 64;

/** The proxy's best few, then each mask proposed by the surrogate of those before it. */
const LEARNED = 'the surrogate, learning from each run';
const LEARNED_FROM = 16;

interface Row {
  readonly weights: string;
  readonly spearman: number | null;
  readonly bestMask: Mask;
  readonly bestValue: number;
}

export async function proxyFigures(bench: LabBench) {
  const { stepCount, sigmas, calibration, seed } = bench;
  const { pairErrors, seconds: measureSeconds } = await measurePairErrors(calibration);
  const grams = pairErrors.map(({ gram }) => gram);
  const objective = runObjective(ledgerLosses(bench, calibration), [], [calibration.length]);
  const used = createProxy({ stepCount, grams }, sigmaWeights(sigmas));
  const trueValue = async (mask: Mask): Promise<number> => meanLogLoss(await objective.losses(mask, 0));

  const budgets = [];
  for (const nfe of bench.budgets) {
    const space = { stepCount, nfe, prefix: 1 };
    const random = seededRandom(seed);
    const proxies: [string, Proxy][] = POWERS.map((power) => [`sigma to the power ${power}`, createProxy({ stepCount, grams }, sigmaWeights(sigmas, power))]);
    const masks = Array.from({ length: bench.maskCount }, () => randomMask(space, random));
    const truth: number[] = [];
    for (const mask of masks) truth.push(await trueValue(mask));
    bench.say(`NFE ${nfe}: ${masks.length} random masks`);
    const rows: Row[] = [];
    for (const [weights, proxy] of proxies) {
      const rank = spearman(masks.map((mask) => proxy.score(mask)), truth);
      rows.push({ weights, spearman: rank, ...(await bestOf(proxy, space, seed, trueValue)) });
      bench.say(`NFE ${nfe}: the best by “${weights}”`);
    }
    const learned = await bestWithSurrogate(used, space, seed, objective);
    rows.push({ weights: LEARNED, spearman: null, ...learned });
    const known: Known[] = [...rows.map(({ bestMask, bestValue }) => ({ mask: bestMask, value: bestValue })), ...masks.map((mask, place) => ({ mask, value: truth[place] ?? Infinity }))];
    const found = await bestFound(bench, nfe, used, objective, known);
    budgets.push({
      nfe,
      randomMasks: masks.length,
      masksPerSecond: await speedOf(used, space),
      rows: rows.map((row) => ({ ...row, dbBehindBestFound: decibels(found.value - row.bestValue) })),
      bestFound: found,
    });
  }
  return { pairs: calibration.length, measureSeconds, rescored: RESCORED, budgets };
}

async function bestOf(proxy: Proxy, space: MaskSpace, seed: number, trueValue: (mask: Mask) => Promise<number>) {
  const { masks } = await searchByProxy({ proxy, space, seed, randomStarts: 30, keep: RESCORED });
  let [bestMask, bestValue]: [Mask, number] = [[], Infinity];
  for (const { mask } of masks) {
    const value = await trueValue(mask);
    if (value < bestValue) [bestMask, bestValue] = [mask, value];
  }
  return { bestMask, bestValue };
}

async function bestWithSurrogate(proxy: Proxy, space: MaskSpace, seed: number, objective: StagedObjective): Promise<Pick<Row, 'bestMask' | 'bestValue'>> {
  const desk = openDesk({ stepCount: space.stepCount, nfe: space.nfe, objective, seed, teacherRuns: 0 });
  const { masks } = await searchByProxy({ proxy, space, seed, randomStarts: 30, keep: LEARNED_FROM });
  for (const { mask } of masks) await desk.evaluate(mask);
  const pairCount = objective.stages.reduce((sum, { pairs }) => sum + pairs, 0);
  await followSurrogate({ desk, proxy, space, random: seededRandom(seed), pairCount, maskCount: RESCORED - masks.length, affords: () => true });
  const best = desk.ranked()[0];
  return { bestMask: best?.mask ?? [], bestValue: best?.value ?? Number.NaN };
}

interface Known {
  readonly mask: Mask;
  readonly value: number;
}

/** The best of any search here on the same pairs: with the surrogate, with annealing in its place, and the paper's recipe. */
async function bestFound(bench: LabBench, nfe: number, proxy: Proxy, objective: StagedObjective, known: readonly Known[]): Promise<Known> {
  const task = { stepCount: bench.stepCount, nfe, objective, teacherRuns: 0 };
  const found = [...known];
  const without = { ...IMPROVED_SETTINGS, proxy, surrogateMasks: 0, annealIterations: 24, rounds: 3 };
  for (let seed = bench.seed; seed < bench.seed + bench.seedCount; seed++) {
    for (const search of [improvedSearch({ ...IMPROVED_SETTINGS, proxy }), improvedSearch(without), recipeSearch()]) found.push(await search({ ...task, seed }));
  }
  const shipped = await shippedMask(bench, nfe);
  if (shipped !== null) found.push({ mask: shipped, value: meanLogLoss(await objective.losses(shipped, 0)) });
  const best = found.toSorted((a, b) => a.value - b.value)[0];
  return { mask: best?.mask ?? [], value: best?.value ?? Number.NaN };
}

/** Moves scored in descents, on one core: the median of three passes after one to warm up. */
async function speedOf(proxy: Proxy, space: MaskSpace): Promise<number> {
  const passes: number[] = [];
  for (let pass = 0; pass < 4; pass++) passes.push(await speedOfPass(proxy, space));
  return medianOf(passes.slice(1));
}

async function speedOfPass(proxy: Proxy, space: MaskSpace): Promise<number> {
  const startedMs = performance.now();
  const { masksScored } = await searchByProxy({ proxy, space, seed: 99, randomStarts: 40, keep: RESCORED });
  return Math.round(masksScored / Math.max(0.01, secondsSince(startedMs)));
}
