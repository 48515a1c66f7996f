/** The page's search at its default effort: what it finds with several seeds, judged on pairs that it never saw. */
import { randomMask } from '../src/core/search/random-mask.ts';
import { seededRandom } from '../src/core/rng/seeded-random.ts';
import type { Mask } from '../src/core/search/mask.ts';
import { planPageSearch } from '../src/core/search/page-plan.ts';
import { searchForPage } from '../src/core/search/page-search.ts';
import { NOTHING_KNOWN } from '../src/core/search/page-search-types.ts';
import type { RealRuns } from '../src/core/search/page-search-types.ts';
import { measureReuseErrors } from '../src/core/search/reuse-errors.ts';
import { mean } from '../src/core/search/staged-objective.ts';
import type { LabBench } from './lab-bench.ts';
import { secondsSince, shippedMask } from './lab-bench.ts';
import { latentPsnrsDb } from './pair-runs.ts';
import type { PairRuns } from './pair-runs.ts';
import { medianOf } from './statistics.ts';

/** Of the bundled model on two idle cores, in WebAssembly: bench/results/page-timing-scenes-wasm.json. */
const PAGE_COSTS = { fullMs: 38.5, cachedMs: 0.7 };
const DEFAULT_EFFORT_MS = 45_000;
const DEFAULT_PAIRS = 4;

/** The bench's calibration pairs are the search's own three sets; its validation pairs judge. */
export async function pageFigures(bench: LabBench) {
  const { stepCount, sigmas, seed: firstSeed, seedCount } = bench;
  const { calibration: pairs, validation: judges } = bench;
  const worth = async (mask: Mask): Promise<number> => mean(await latentPsnrsDb(judges, mask));
  const budgets = [];
  for (const nfe of bench.budgets) {
    const shipped = await shippedMask(bench, nfe);
    const shippedDb = shipped === null ? null : await worth(shipped);
    const seeds = [];
    for (let seed = firstSeed; seed < firstSeed + seedCount; seed++) {
      const { plan: whole, expectedMs } = planPageSearch({
        stepCount,
        sigmas,
        nfe,
        seed,
        effortMs: DEFAULT_EFFORT_MS,
        calibrationPairs: DEFAULT_PAIRS,
        costs: PAGE_COSTS,
        knownMasks: shipped === null ? [] : [shipped],
      });
      // The judges are the comparison here; the page's own takes as many full runs off the bound.
      const plan = { ...whole, pairs: { ...whole.pairs, comparison: 1 }, maxEvaluations: whole.maxEvaluations - whole.pairs.comparison + 1 };
      const startedMs = performance.now();
      const outcome = await searchForPage({
        plan,
        runs: runsOn(turned(pairs, seed), shipped),
        resume: NOTHING_KNOWN,
        onChange: () => undefined,
        onProgress: () => undefined,
      });
      const foundDb = await worth(outcome.mask);
      const randomDb = await worth(randomMask({ stepCount, nfe, prefix: 1 }, seededRandom(seed)));
      seeds.push({ seed, mask: outcome.mask, foundDb, randomDb, expectedMs, realRuns: outcome.realRuns, masksTried: outcome.masksTried, seconds: secondsSince(startedMs) });
    }
    budgets.push({
      nfe,
      shippedDb,
      medianGainOverRandomDb: medianOf(seeds.map(({ foundDb, randomDb }) => foundDb - randomDb)),
      seedsNoWorseThanShipped: shippedDb === null ? null : seeds.filter(({ foundDb }) => foundDb >= shippedDb).length,
      medianGainOverShippedDb: shippedDb === null ? null : medianOf(seeds.map(({ foundDb }) => foundDb - shippedDb)),
      seeds,
    });
  }
  return { effortMs: DEFAULT_EFFORT_MS, judges: judges.length, seedCount, budgets };
}

/** Another seed begins with another pair: the same search on other prompts. */
const turned = (pairs: readonly PairRuns[], seed: number): PairRuns[] => pairs.map((_, index) => pairs[(index + seed) % pairs.length]).filter((pair) => pair !== undefined);

function runsOn(pairs: readonly PairRuns[], rival: Mask | null): RealRuns {
  const at = (number: number): PairRuns => {
    const pair = pairs[number];
    if (pair === undefined) throw new RangeError(`The search asks for pair ${number} of ${pairs.length}: prepare more with --pairs.`);
    return pair;
  };
  return {
    teach: async (number, withErrors) => {
      const { model, teacher, reference } = at(number);
      return { reference, errors: withErrors ? await measureReuseErrors(model, teacher) : null };
    },
    finalLatents: (number, mask) => at(number).finalLatents(mask),
    rivalLatents: rival === null ? null : (number) => at(number).finalLatents(rival),
  };
}
