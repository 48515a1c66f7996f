/** What a search found, as a policy and in words that say no more than was measured. */
import type { CallCosts } from '../core/caching/cost.ts';
import { predictedPolicyMs, predictedRunMs } from '../core/caching/cost.ts';
import { bootstrapMean } from '../core/metrics/bootstrap-mean.ts';
import { psnrEvidence } from '../core/policy-evidence.ts';
import type { CachePolicy, PolicyFile } from '../core/policy.ts';
import type { PageSearchOutcome } from '../core/search/page-search-types.ts';
import type { SearchRecord } from '../storage/search-record.ts';
import { formatSeconds } from './format.ts';
import { policyOfMask } from './search-host.ts';

export interface Verdict {
  readonly kind: 'better' | 'worse' | 'same' | 'alone';
  /** Of the own policy on the comparison pairs. */
  readonly ownDb: number;
  readonly rivalDb: number | null;
  /** Own minus rival, pair by pair; null without a rival. */
  readonly difference: { readonly mean: number; readonly low: number; readonly high: number } | null;
  readonly text: string;
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const signedDb = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)} dB`;

/** Better or worse only where the interval of the paired differences says so. */
export function verdictOf({ ownPsnrDb, rivalPsnrDb }: PageSearchOutcome): Verdict {
  const ownDb = meanOf(ownPsnrDb);
  if (rivalPsnrDb === null) {
    const text = `It reaches ${ownDb.toFixed(1)} dB on ${pairsInWords(ownPsnrDb.length)} that the search never used. No policy is shipped for this budget, so there is nothing to compare it with.`;
    return { kind: 'alone', ownDb, rivalDb: null, difference: null, text };
  }
  const difference = bootstrapMean(ownPsnrDb.map((own, pair) => own - (rivalPsnrDb[pair] ?? Number.NaN)));
  const rivalDb = meanOf(rivalPsnrDb);
  const kind = difference.low > 0 ? 'better' : difference.high < 0 ? 'worse' : 'same';
  const figures = `${ownDb.toFixed(1)} dB against ${rivalDb.toFixed(1)} dB, a difference of ${signedDb(difference.mean)} (95 % interval ${signedDb(difference.low)} to ${signedDb(difference.high)})`;
  const where = `on ${pairsInWords(ownPsnrDb.length)} that the search never used`;
  const conclusions = {
    better: `It is closer to the full run than the shipped policy: ${figures} ${where}.`,
    worse: `It is worse than the shipped policy: ${figures} ${where}. Better keep the shipped one.`,
    same: `It is neither better nor worse than the shipped policy, as far as these pairs can tell: ${figures} ${where}.`,
  };
  return { kind, ownDb, rivalDb, difference, text: conclusions[kind] };
}

const pairsInWords = (count: number): string => `${count} ${count === 1 ? 'pair' : 'pairs'} of prompt and noise`;

/** Pictures after which the seconds a search took are saved again; null where a picture saves nothing. */
export function picturesUntilPaid(spentMs: number, costs: CallCosts, policy: CachePolicy): number | null {
  const savedMs = predictedRunMs(costs, policy.stepCount, policy.stepCount) - predictedPolicyMs(costs, policy);
  return savedMs <= 0 ? null : Math.ceil(spentMs / savedMs);
}

/** What the search cost and when that is won back. */
export function describePayback(record: SearchRecord, outcome: PageSearchOutcome, costs: CallCosts | null): string {
  const { spentMs, rival } = record;
  const spent = `The search took ${formatSeconds(spentMs)} and ${outcome.realRuns} real runs.`;
  const pictures = costs === null ? null : picturesUntilPaid(spentMs, costs, policyOfMask(record, outcome.mask, outcome.coefficients));
  if (pictures === null) return spent;
  const paid = `Against full runs it has paid for itself after ${pictures} ${pictures === 1 ? 'picture' : 'pictures'}.`;
  const rivalNote = rival === null ? '' : ' The shipped policy of this budget takes as long, or nearly: against it a search can only win closeness, never seconds.';
  return `${spent} ${paid}${rivalNote}`;
}

/** How the winner's skipped steps are formed, and what that was seen to win. */
export function describePayload({ coefficients, payloadGainDb }: Pick<PageSearchOutcome, 'coefficients' | 'payloadGainDb'>): string {
  if (coefficients === null) return 'Skipped steps reuse the last residual: fitting sums of outputs instead did not help the validation pairs.';
  const gain = payloadGainDb === null ? '' : `, ${signedDb(payloadGainDb)} over plain reuse on the validation pairs`;
  return `Skipped steps take sums of outputs fitted to this mask${gain}.`;
}

/** The winner, bound to the model it was found on. */
export function policyFromSearch(record: SearchRecord, outcome: PageSearchOutcome, backend: string): PolicyFile {
  const { plan, pairs, spentMs, rival } = record;
  const { text } = verdictOf(outcome);
  const search =
    `Annealing over a proxy and real runs, found in the page: ${outcome.masksTried} masks tried, ${outcome.realRuns} real runs, ` +
    `${plan.pairs.calibration} calibration pairs, ${outcome.finalists} finalists on ${plan.pairs.validation} validation pairs, ` +
    `guidance ${pairs[0]?.guidanceScale ?? 'unknown'}. ${describePayload(outcome)} The latent PSNR is that of ${plan.pairs.comparison} further pairs.` +
    (rival === null ? '' : ` Compared with “${rival.name}”: ${text}`);
  return {
    ...policyOfMask(record, outcome.mask, outcome.coefficients),
    name: `${plan.nfe} of ${plan.stepCount} steps, seed ${plan.seed}`,
    evidence: {
      objective: 'mean-log-latent-mse',
      objectiveValue: outcome.objectiveValue,
      ...psnrEvidence(outcome.ownPsnrDb),
      calibrationPairs: plan.pairs.calibration,
      validationPairs: plan.pairs.comparison,
      search: search.slice(0, 2000),
      seed: plan.seed,
      evaluations: outcome.realRuns,
      seconds: spentMs / 1000,
    },
    provenance: `Searched in the page on ${backend}.`,
  };
}
