/** The page's search at its default effort: what it finds with several seeds, judged on pairs that it never saw. */
import { createClosedLoopFit } from '../src/core/caching/closed-loop-fit.ts';
import type { CachePolicy, StepCoefficients } from '../src/core/policy.ts';
import { randomMask } from '../src/core/search/random-mask.ts';
import { seededRandom } from '../src/core/rng/seeded-random.ts';
import type { Mask } from '../src/core/search/mask.ts';
import { planPageSearch } from '../src/core/search/page-plan.ts';
import { searchForPage } from '../src/core/search/page-search.ts';
import { NOTHING_KNOWN } from '../src/core/search/page-search-types.ts';
import type { MaskPayload, RealRuns } from '../src/core/search/page-search-types.ts';
import { measureReuseErrors } from '../src/core/search/reuse-errors.ts';
import { mean } from '../src/core/search/staged-objective.ts';
import type { LabBench } from './lab-bench.ts';
import { secondsSince, shippedMask } from './lab-bench.ts';
import { policyLatents, policyPsnrsDb } from './lab-joint.ts';
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
  const worth = async (mask: Mask, coefficients: readonly StepCoefficients[] | null = null): Promise<number> =>
    mean(await policyPsnrsDb(judges, policyOf(sigmas, mask, coefficients)));
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
      const search = async () => {
        const startedMs = performance.now();
        const { mask, coefficients, realRuns, masksTried } = await searchForPage({
          plan,
          runs: runsOn(turned(pairs, seed), sigmas, shipped),
          resume: NOTHING_KNOWN,
          onChange: () => undefined,
          onProgress: () => undefined,
        });
        const seconds = secondsSince(startedMs);
        const worths = { foundDb: await worth(mask, coefficients), reuseDb: await worth(mask), randomDb: await worth(randomMask({ stepCount, nfe, prefix: 1 }, seededRandom(seed))) };
        return { seed, mask, payload: coefficients === null ? 'reuse' : 'fitted', ...worths, expectedMs, realRuns, masksTried, seconds };
      };
      seeds.push(await bench.ledger.recall(`page ${bench.codeVersion} NFE ${nfe}, seed ${seed}, rival {${shipped?.join() ?? ''}}, ${pairs.length} + ${judges.length} pairs`, search));
      bench.say(`NFE ${nfe}, seed ${seed}: ${seeds.at(-1)?.foundDb.toFixed(2)} dB`);
    }
    budgets.push({
      nfe,
      shippedDb,
      searchesWithFittedPayload: seeds.filter(({ payload }) => payload === 'fitted').length,
      medianGainOfPayloadDb: medianOf(seeds.map(({ foundDb, reuseDb }) => foundDb - reuseDb)),
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

function runsOn(pairs: readonly PairRuns[], sigmas: readonly number[], rival: Mask | null): RealRuns {
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
    finalLatents: (number, mask, coefficients) => (coefficients === null ? at(number).finalLatents(mask) : policyLatents(at(number), policyOf(sigmas, mask, coefficients))),
    async fit(masks, calibration, judges) {
      const fit = createClosedLoopFit(pairs.slice(0, calibration), pairs.slice(calibration, calibration + judges), sigmas);
      const payloads: MaskPayload[] = [];
      for (const mask of masks) {
        const { steps, calibrationLatents, validationLatents } = await fit.fit(mask);
        payloads.push({ coefficients: steps.map(({ coefficients }) => coefficients), calibrationLatents, judgeLatents: validationLatents });
      }
      return payloads;
    },
    rivalLatents: rival === null ? null : (number) => at(number).finalLatents(rival),
  };
}

function policyOf(sigmas: readonly number[], mask: Mask, coefficients: readonly StepCoefficients[] | null): CachePolicy {
  const base = { stepCount: sigmas.length - 1, sigmas, computedSteps: mask };
  return coefficients === null ? { ...base, payload: 'reuse' } : { ...base, payload: 'fitted', coefficients };
}
