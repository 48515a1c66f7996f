/**
 * The search as the page runs it: full runs of a few pairs, a proxy made of them, annealing over the proxy, real runs of
 * its best and of what a surrogate of all runs proposes, the finalists' payloads fitted, validation between them, and a comparison with the
 * rival policy on pairs that nothing was chosen by. It can be stopped anywhere and goes on from what was kept.
 */
import { meanSquaredError } from '../metrics/mse.ts';
import { latentPeak, psnrDb } from '../metrics/psnr.ts';
import { gramOf } from './gram.ts';
import { IMPROVED_SETTINGS, improvedSearch } from './improved-search.ts';
import type { MaskSpace } from './mask.ts';
import type { ScoredMask } from './objective.ts';
import { choosePayload } from './page-payload.ts';
import type { ChosenPayload } from './page-payload.ts';
import { PAGE_FINALISTS } from './page-plan.ts';
import type { ComparisonLosses, PageSearchOutcome, PageSearchPhase, PageSearchTask, PairTeaching, ShownMask } from './page-search-types.ts';
import { annealProxy } from './proxy-anneal.ts';
import { sigmaWeights } from './proxy-weights.ts';
import { createProxy } from './proxy.ts';
import type { Proxy } from './proxy.ts';
import { publishedStarts } from './published-masks.ts';
import { halvingStages } from './run-objectives.ts';
import type { SearchEvent, SearchOutcome } from './search-task.ts';
import { mean } from './staged-objective.ts';
import type { StagedObjective } from './staged-objective.ts';
import { distinctMasks, geometricMasks } from './warm-starts.ts';

/** Annealed masks that are descended from and may be run. */
const ANNEALED_STARTS = 16;
/** Segments between two states of the annealing that are kept. */
const SEGMENTS_KEPT = 10;
const DB_PER_LOG = 10 / Math.LN10;

const REAL_SEARCH = { ...IMPROVED_SETTINGS, proxyStarts: 4, proxyFinalists: 16, randomStarts: 0, neighboursPerRound: 12, finalists: PAGE_FINALISTS };

/** @throws what `cancel`, the runs or the callbacks throw; what was kept then serves to go on. */
export async function searchForPage(task: PageSearchTask): Promise<PageSearchOutcome> {
  const { plan, runs, resume, cancel, onChange, onProgress } = task;
  const { stepCount, sigmas, nfe, seed, pairs } = plan;
  const space: MaskSpace = { stepCount, nfe, prefix: 1 };
  const teachings: (PairTeaching | null)[] = [...resume.teachings];
  const totalPairs = pairs.calibration + pairs.validation + pairs.comparison;
  let keptEntries = resume.entries.length;
  let proxyMasks = 0;
  /** Of candidates and in the comparison. */
  let cachedRuns = 0;
  let best: ShownMask | null = null;

  const taughtRuns = (): number => teachings.reduce((sum, teaching) => sum + (teaching === null ? 0 : 1), 0);
  const tell = (phase: PageSearchPhase, current: ShownMask | null = null, temperatureDb: number | null = null): Promise<void> | void =>
    onProgress({ phase, current, best, temperatureDb, masksTried: proxyMasks, realRuns: taughtRuns() + cachedRuns });

  const calibration = await teachAll(0, pairs.calibration, true);
  const { proxy, showEstimate } = proxyOf(calibration);
  const annealed = await annealProxy({
    proxy,
    space,
    seed,
    starts: distinctMasks([...plan.knownMasks, ...geometricMasks(space), ...publishedStarts(space, sigmas)], space),
    settings: plan.annealing,
    resume: resume.anneal ?? undefined,
    cancel,
    onSegment: async ({ state, current, best: bestByProxy, temperature }) => {
      proxyMasks = state.masksScored;
      best = showEstimate(bestByProxy);
      const isLast = state.segmentsDone === plan.annealing.chains * plan.annealing.segmentsPerChain;
      if (isLast || state.segmentsDone % SEGMENTS_KEPT === 0) await onChange({ kind: 'anneal', anneal: state });
      await tell('proxy', showEstimate(current), DB_PER_LOG * temperature);
    },
  });
  proxyMasks = annealed.masksScored;
  best = annealed.kept[0] === undefined ? null : showEstimate(annealed.kept[0]);

  await teachAll(pairs.calibration, pairs.validation, false);
  const showReal = ({ mask, value }: ScoredMask): ShownMask => ({ mask, psnrDb: meanPeakDb(calibration) - DB_PER_LOG * value, isEstimate: false });
  const objective = realObjective();
  const found = await improvedSearch({ ...REAL_SEARCH, proxy, knownMasks: plan.knownMasks, warmStarts: annealed.kept.slice(0, ANNEALED_STARTS).map(({ mask }) => mask) })({
    stepCount,
    nfe,
    objective,
    seed,
    // The comparison's are made last, but belong to the bound.
    teacherRuns: totalPairs,
    maxEvaluations: plan.maxEvaluations,
    resume: { entries: resume.entries },
    ...(cancel === undefined ? {} : { cancel }),
    onProgress: tellOfReal,
  });

  proxyMasks += found.proxyMasks + found.masksTried;
  const chosen = await choosePayload({ runs, objective, finalists: found.finalists, teachings, pairs, known: resume.fits, tell: tellOfFit, keep: (fits) => onChange({ kind: 'fits', fits }) });
  const comparison = await compareWithRival(chosen);
  return outcomeOf(found, chosen, comparison);

  async function teachAll(first: number, count: number, withErrors: boolean): Promise<PairTeaching[]> {
    const taught: PairTeaching[] = [];
    for (let pair = first; pair < first + count; pair++) {
      const known = teachings[pair] ?? null;
      const teaching = known ?? (await teachPair(pair, withErrors));
      teachings[pair] = teaching;
      taught.push(teaching);
      if (known === null) await onChange({ kind: 'teaching', pair, teaching });
      await tell('teach');
    }
    return taught;
  }

  async function teachPair(pair: number, withErrors: boolean): Promise<PairTeaching> {
    cancel?.throwIfAborted();
    const { reference, errors } = await runs.teach(pair, withErrors);
    if (!withErrors) return { reference, gram: null };
    if (errors === null) throw new Error(`The full run of pair ${pair} came without its reuse errors.`);
    return { reference, gram: gramOf(errors) };
  }

  function proxyOf(taught: readonly PairTeaching[]): { readonly proxy: Proxy; readonly showEstimate: (scored: ScoredMask) => ShownMask } {
    const grams = taught.flatMap(({ gram }) => (gram === null ? [] : [gram]));
    const logLength = Math.log(taught[0]?.reference.length ?? 1);
    return {
      proxy: createProxy({ stepCount, grams }, sigmaWeights(sigmas)),
      // The proxy's is a sum of squares, a loss their mean.
      showEstimate: ({ mask, value }) => ({ mask, psnrDb: meanPeakDb(taught) - DB_PER_LOG * (value - logLength), isEstimate: true }),
    };
  }

  function realObjective(): StagedObjective {
    const sizes = halvingStages(pairs.calibration);
    const starts = sizes.map((_, stage) => sizes.slice(0, stage).reduce((sum, size) => sum + size, 0));
    return {
      stages: sizes.map((size) => ({ pairs: size, cost: size })),
      validation: { pairs: pairs.validation, cost: pairs.validation },
      losses: async (mask, stage) => {
        const first = stage === 'validation' ? pairs.calibration : (starts[stage] ?? Number.NaN);
        const count = stage === 'validation' ? pairs.validation : (sizes[stage] ?? 0);
        const losses: number[] = [];
        for (let pair = first; pair < first + count; pair++) {
          cancel?.throwIfAborted();
          losses.push(meanSquaredError(referenceOf(pair), await runs.finalLatents(pair, mask, null)));
        }
        return losses;
      },
    };
  }

  async function tellOfReal({ phase, evaluations, masksTried, proxyMasks: descended, current, best: bestReal, temperature, state }: SearchEvent): Promise<void> {
    if (state.entries.length > keptEntries) {
      keptEntries = state.entries.length;
      await onChange({ kind: 'entries', entries: [...state.entries] });
    }
    if (bestReal !== null) best = showReal(bestReal);
    // Full runs that are still to come are in the bound, not among those that were made.
    cachedRuns = evaluations - totalPairs;
    const shown = current === null ? null : showReal(current);
    await onProgress({ phase, current: shown, best, temperatureDb: temperature === null ? null : DB_PER_LOG * temperature, masksTried: proxyMasks + descended + masksTried, realRuns: taughtRuns() + cachedRuns });
  }

  function tellOfFit(furtherRuns: number): Promise<void> | void {
    cancel?.throwIfAborted();
    cachedRuns += furtherRuns;
    return tell('fit', best);
  }

  async function compareWithRival({ mask, coefficients }: ChosenPayload): Promise<ComparisonLosses> {
    const first = pairs.calibration + pairs.validation;
    await teachAll(first, pairs.comparison, false);
    const candidateRuns = cachedRuns;
    const policy = JSON.stringify([mask, coefficients]);
    // Another version of the search may have ended with another policy.
    const own = resume.comparison.policy === policy ? resume.comparison.own : [];
    const losses: { own: number[]; rival: number[] } = { own: [...own], rival: [...resume.comparison.rival] };
    for (let place = 0; place < pairs.comparison; place++) {
      cancel?.throwIfAborted();
      const reference = referenceOf(first + place);
      losses.own[place] ??= meanSquaredError(reference, await runs.finalLatents(first + place, mask, coefficients));
      if (runs.rivalLatents !== null) losses.rival[place] ??= meanSquaredError(reference, await runs.rivalLatents(first + place));
      await onChange({ kind: 'comparison', comparison: { policy, own: [...losses.own], rival: [...losses.rival] } });
      cachedRuns = candidateRuns + losses.own.length + losses.rival.length;
      await tell('compare', best);
    }
    return { policy, ...losses };
  }

  function outcomeOf({ finalists }: SearchOutcome, { mask, coefficients, value, validationValue, gain }: ChosenPayload, { own, rival }: ComparisonLosses): PageSearchOutcome {
    const first = pairs.calibration + pairs.validation;
    const psnrOf = (loss: number, place: number): number => psnrDb(latentPeak(referenceOf(first + place)), loss);
    const validating = Array.from({ length: pairs.validation }, (_, place) => referenceOf(pairs.calibration + place));
    return {
      mask,
      coefficients,
      payloadGainDb: gain === null ? null : DB_PER_LOG * gain,
      objectiveValue: value,
      calibrationPsnrDb: showReal({ mask, value }).psnrDb,
      validationPsnrDb: mean(validating.map(peakDb)) - DB_PER_LOG * validationValue,
      ownPsnrDb: own.map(psnrOf),
      rivalPsnrDb: runs.rivalLatents === null ? null : rival.map(psnrOf),
      finalists: finalists.length,
      masksTried: proxyMasks,
      realRuns: taughtRuns() + cachedRuns,
    };
  }

  function referenceOf(pair: number): Float32Array {
    const reference = teachings[pair]?.reference;
    if (reference === undefined) throw new RangeError(`The full run of pair ${pair} has not been made.`);
    return reference;
  }
}

const peakDb = (reference: Float32Array): number => 20 * Math.log10(latentPeak(reference));
const meanPeakDb = (taught: readonly PairTeaching[]): number => mean(taught.map(({ reference }) => peakDb(reference)));
