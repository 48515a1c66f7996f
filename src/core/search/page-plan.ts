/** How the page's search spends the seconds it is given: pairs, real runs, masks by the proxy. Decided before it starts. */
import type { CallCosts } from '../caching/cost.ts';
import { predictedLoopMs } from '../caching/cost.ts';
import type { Mask } from './mask.ts';
import type { ProxyAnnealSettings } from './proxy-anneal.ts';
import { PROXY_ANNEAL_SETTINGS } from './proxy-anneal.ts';
import { errorCount } from './reuse-errors.ts';

/** Pairs are numbered: calibration first, then validation, then comparison. None is in two sets. */
export interface PairCounts {
  /** For the proxy and for the search. */
  readonly calibration: number;
  /** For the choice between finalists. */
  readonly validation: number;
  /** Seen by no choice: for the comparison with the rival policy, and for the evidence. */
  readonly comparison: number;
}

/** Everything that decides what a search finds, besides the model and the pairs. Plain data. */
export interface PageSearchPlan {
  readonly stepCount: number;
  readonly sigmas: readonly number[];
  readonly nfe: number;
  /** Unsigned 32-bit. */
  readonly seed: number;
  readonly pairs: PairCounts;
  readonly annealing: ProxyAnnealSettings;
  /** Real runs of one pair until finalists are chosen, full runs counted. */
  readonly maxEvaluations: number;
  /** Looked at whatever the proxy says of them, e.g. the shipped policy's. */
  readonly knownMasks: readonly Mask[];
}

export interface PlanRequest {
  readonly stepCount: number;
  readonly sigmas: readonly number[];
  readonly nfe: number;
  readonly seed: number;
  readonly effortMs: number;
  /** Wanted; fewer are taken where the effort does not pay for them. */
  readonly calibrationPairs: number;
  readonly costs: Pick<CallCosts, 'fullMs' | 'cachedMs'> & Partial<CallCosts>;
  readonly knownMasks: readonly Mask[];
}

export interface PlannedSearch {
  readonly plan: PageSearchPlan;
  /** At most about this; more than the effort only where that does not pay for the least search there is. */
  readonly expectedMs: number;
}

/** Masks that validation chooses between, each with its payload fitted. */
export const PAGE_FINALISTS = 3;
/** What must at most go into full runs, fits and the comparison, the rest being for candidates. */
const FIXED_SHARE = 0.6;
/** Looks at a mask on all pairs that even the shortest search takes. */
const LEAST_CANDIDATES = 4;
/** Of four pairs on a slow core; keeps annealing at a few per cent of the effort. */
const PROXY_MASKS_PER_MS = 15;
const ANNEALING_SHARE = 0.06;
const MOST_PROXY_MASKS = 240_000;

const pairCounts = (calibration: number): PairCounts => ({
  calibration,
  validation: Math.max(2, Math.ceil(calibration / 2)),
  // Fewer than four differences say nothing about their spread.
  comparison: Math.max(4, calibration),
});

export function planPageSearch(request: PlanRequest): PlannedSearch {
  const { stepCount, nfe, effortMs } = request;
  const costs: CallCosts = { textMs: 0, vaeMs: 0, ...request.costs };
  const runMs = predictedLoopMs(costs, nfe, stepCount);
  const fixedMs = ({ calibration, validation, comparison }: PairCounts): number =>
    (calibration + validation + comparison) * predictedLoopMs(costs, stepCount, stepCount) +
    calibration * errorCount(stepCount) * costs.cachedMs +
    // A fit calls the cached graph twice a skipped step.
    PAGE_FINALISTS * (calibration + validation) * (runMs + (stepCount - nfe) * costs.cachedMs) +
    2 * comparison * runMs;

  let pairs = pairCounts(Math.max(1, request.calibrationPairs));
  while (pairs.calibration > 1 && fixedMs(pairs) > FIXED_SHARE * effortMs) pairs = pairCounts(pairs.calibration - 1);

  const annealing = annealingFor(effortMs);
  const annealMs = (annealing.chains * annealing.segmentsPerChain * annealing.masksPerSegment) / PROXY_MASKS_PER_MS;
  const least = LEAST_CANDIDATES * pairs.calibration + 2 * pairs.validation;
  const candidateRuns = Math.max(least, Math.floor((effortMs - fixedMs(pairs) - annealMs) / runMs));
  const fullRuns = pairs.calibration + pairs.validation + pairs.comparison;
  const plan: PageSearchPlan = {
    stepCount,
    sigmas: request.sigmas,
    nfe,
    seed: request.seed,
    pairs,
    annealing,
    maxEvaluations: fullRuns + candidateRuns,
    knownMasks: request.knownMasks,
  };
  return { plan, expectedMs: fixedMs(pairs) + annealMs + candidateRuns * runMs };
}

function annealingFor(effortMs: number): ProxyAnnealSettings {
  const masks = Math.min(MOST_PROXY_MASKS, ANNEALING_SHARE * effortMs * PROXY_MASKS_PER_MS);
  const { chains, masksPerSegment } = PROXY_ANNEAL_SETTINGS;
  return { ...PROXY_ANNEAL_SETTINGS, segmentsPerChain: Math.max(5, Math.round(masks / (chains * masksPerSegment))) };
}

/** All real runs of the whole search at most, the fits' and the comparison's included. */
export const mostRealRuns = ({ maxEvaluations, pairs }: PageSearchPlan, hasRival: boolean): number =>
  maxEvaluations + fitRuns(PAGE_FINALISTS, pairs) + (hasRival ? 2 : 1) * pairs.comparison;

/** Real runs that fitting so many masks takes. */
export const fitRuns = (masks: number, { calibration, validation }: PairCounts): number => masks * (calibration + validation);
