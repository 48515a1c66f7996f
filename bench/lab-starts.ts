/** How much the result depends on the start: the paper's annealing and climbing, and climbing alone, from many starts. */
import { seededRandom } from '../src/core/rng/seeded-random.ts';
import { anneal } from '../src/core/search/anneal.ts';
import { hillClimb } from '../src/core/search/hill-climb.ts';
import type { Mask, MaskSpace } from '../src/core/search/mask.ts';
import { memoise } from '../src/core/search/objective.ts';
import { sigmaWeights } from '../src/core/search/proxy-weights.ts';
import { createProxy } from '../src/core/search/proxy.ts';
import { searchByProxy } from '../src/core/search/proxy-search.ts';
import { mapPublished, PUBLISHED_MASKS } from '../src/core/search/published-masks.ts';
import { randomMask } from '../src/core/search/random-mask.ts';
import { FLUX_RECIPE } from '../src/core/search/reference-recipe.ts';
import type { MaskLoss } from '../src/core/search/run-objectives.ts';
import { mean, meanLogLoss } from '../src/core/search/staged-objective.ts';
import { geometricMask } from '../src/core/search/warm-starts.ts';
import type { LabBench } from './lab-bench.ts';
import { decibels, ledgerLosses, measurePairErrors } from './lab-bench.ts';
import { medianOf } from './statistics.ts';

export async function startFigures(bench: LabBench) {
  const { stepCount, seedCount, calibration } = bench;
  const losses = ledgerLosses(bench, calibration);
  const { pairErrors } = await measurePairErrors(calibration);
  const proxy = createProxy({ stepCount, grams: pairErrors.map(({ gram }) => gram) }, sigmaWeights(bench.sigmas));
  const seeds = Array.from({ length: seedCount }, (_, index) => bench.seed + index);
  const budgets = [];
  for (const nfe of bench.budgets) {
    const space: MaskSpace = { stepCount, nfe, prefix: 1 };
    const random = seededRandom(bench.seed);
    const byProxy = await searchByProxy({ proxy, space, seed: bench.seed, randomStarts: 20, keep: 1 });
    const starts: [string, Mask][] = [
      ...seeds.map((seed): [string, Mask] => [`random ${seed}`, randomMask(space, random)]),
      ['uniform', geometricMask(space, 1, 1)],
      ['geometric', geometricMask(space, 2, 1.3)],
      ...PUBLISHED_MASKS.map((published): [string, Mask] => [published.name, mapPublished(published, bench.sigmas, nfe)]),
      ['the proxy’s best', byProxy.masks[0]?.mask ?? []],
      ['bad: all at the beginning', Array.from({ length: nfe }, (_, step) => step)],
      ['bad: all at the end', [0, ...Array.from({ length: nfe - 1 }, (_, place) => stepCount - nfe + 1 + place)]],
    ];
    const rows = [];
    for (const [name, start] of starts) {
      rows.push(await fromStart(name, start, space, losses, seeds));
      bench.say(`NFE ${nfe}: ${rows.length} of ${starts.length} starts`);
    }
    const best = Math.min(...rows.flatMap(({ annealed, climbed }) => [annealed.bestMeanLogLoss, climbed.bestMeanLogLoss]));
    budgets.push({ nfe, bestMeanLogLoss: best, rows: rows.map((row) => ({ ...row, ...behind(row, best) })) });
  }
  return { pairs: calibration.length, seeds, budgets };
}

type Row = Awaited<ReturnType<typeof fromStart>>;

const behind = ({ startMeanLogLoss, annealed, climbed }: Row, best: number) => ({
  startBehindBestDb: decibels(best - startMeanLogLoss),
  annealedBehindBestDb: decibels(best - annealed.medianMeanLogLoss),
  climbedBehindBestDb: decibels(best - climbed.medianMeanLogLoss),
});

/** With several seeds each: the start stays, the moves differ. Annealed in the paper's unit, the mean MSE. */
async function fromStart(name: string, start: Mask, space: MaskSpace, losses: readonly MaskLoss[], seeds: readonly number[]) {
  const lossesOf = async (mask: Mask): Promise<number[]> => {
    const found: number[] = [];
    for (const lossOf of losses) found.push(await lossOf(mask));
    return found;
  };
  const { annealing, climbing } = FLUX_RECIPE;
  const searched = async (iterations: number) => {
    const values: number[] = [];
    const evaluations: number[] = [];
    for (const seed of seeds) {
      const random = seededRandom(seed);
      const objective = memoise(async (mask) => mean(await lossesOf(mask)));
      const first = await objective.evaluate(start);
      const cooled = await anneal(first, space, objective, { ...annealing, iterations }, random);
      const climbed = await hillClimb(cooled, space, objective, climbing, random);
      values.push(meanLogLoss(await lossesOf((objective.best() ?? climbed).mask)));
      evaluations.push(objective.evaluations() * losses.length);
    }
    return { medianMeanLogLoss: medianOf(values), bestMeanLogLoss: Math.min(...values), worstMeanLogLoss: Math.max(...values), medianEvaluations: medianOf(evaluations) };
  };
  return { name, start, startMeanLogLoss: meanLogLoss(await lossesOf(start)), annealed: await searched(annealing.iterations), climbed: await searched(0) };
}
