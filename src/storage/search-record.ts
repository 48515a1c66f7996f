/** A search as it is stored: plain data, checked like any other on the way back. */
import * as v from 'valibot';
import type { PolicyFile } from '../core/policy.ts';
import type { PageSearchPlan } from '../core/search/page-plan.ts';
import { gramIndex } from '../core/search/gram.ts';
import type { ComparisonLosses, FittedMask, PageSearchOutcome, PairTeaching } from '../core/search/page-search-types.ts';
import { NOT_COMPARED } from '../core/search/page-search-types.ts';
import type { ProxyAnnealState } from '../core/search/proxy-anneal.ts';
import { errorCount } from '../core/search/reuse-errors.ts';
import type { BookEntry } from '../core/search/staged-objective.ts';
import type { CalibrationPair } from '../protocol/calibration.ts';
import { parsePolicyFile } from './policy-file.ts';
import { stepCoefficients } from './policy-schema.ts';
import type { Assert, DeepReadonly, MutuallyAssignable } from './schema-failure.ts';

export interface SearchRecord {
  readonly modelId: string;
  /** The manifest's: for another version of the model nothing of it holds. */
  readonly binding: string;
  readonly plan: PageSearchPlan;
  /** Calibration, validation and comparison, in this order. */
  readonly pairs: readonly CalibrationPair[];
  /** The policy to compare with; null where none is shipped for this budget. */
  readonly rival: PolicyFile | null;
  /** What the plan should take. */
  readonly expectedMs: number;
  /** So far, pauses apart. */
  readonly spentMs: number;
  /** Null until it is finished. */
  readonly outcome: PageSearchOutcome | null;
  /** Of the winner among the stored policies; null until it is stored. */
  readonly policyId: string | null;
}

const MAX_STEPS = 1000;
const MAX_PAIRS = 100;
const MAX_ENTRIES = 100_000;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());
/** A perfect run's PSNR has no bound. */
const decibels = v.number();
const losses = v.pipe(v.array(v.pipe(finite, v.minValue(0))), v.maxLength(MAX_PAIRS));
const mask = v.pipe(v.array(count), v.minLength(1), v.maxLength(MAX_STEPS));
const scoredMask = v.object({ mask, value: finite });

const plan = v.object({
  stepCount: v.pipe(count, v.minValue(1), v.maxValue(MAX_STEPS)),
  sigmas: v.pipe(v.array(finite), v.maxLength(MAX_STEPS + 1)),
  nfe: v.pipe(count, v.minValue(1)),
  seed: v.pipe(count, v.maxValue(0xffff_ffff)),
  pairs: v.object({ calibration: v.pipe(count, v.minValue(1)), validation: count, comparison: count }),
  annealing: v.object({
    doubleMoveProbability: finite,
    nearMoveProbability: finite,
    nearDistance: finite,
    chains: count,
    segmentsPerChain: v.pipe(count, v.minValue(1)),
    masksPerSegment: count,
    keep: count,
    probeMoves: count,
    maxTemperatureFactor: finite,
    minTemperatureFactor: finite,
  }),
  maxEvaluations: count,
  knownMasks: v.pipe(v.array(mask), v.maxLength(100)),
});

const coefficients = v.pipe(v.array(stepCoefficients), v.maxLength(MAX_STEPS));

const outcome = v.object({
  mask,
  coefficients: v.nullable(coefficients),
  payloadGainDb: v.nullable(decibels),
  objectiveValue: finite,
  calibrationPsnrDb: decibels,
  validationPsnrDb: decibels,
  ownPsnrDb: v.pipe(v.array(decibels), v.maxLength(MAX_PAIRS)),
  rivalPsnrDb: v.nullable(v.pipe(v.array(decibels), v.maxLength(MAX_PAIRS))),
  finalists: count,
  masksTried: count,
  realRuns: count,
});

const pair = v.object({ prompt: v.pipe(v.string(), v.maxLength(2000)), seed: v.pipe(count, v.maxValue(0xffff_ffff)), guidanceScale: finite });
const milliseconds = v.pipe(finite, v.minValue(0));

const record = v.object({
  modelId: v.string(),
  binding: v.string(),
  plan,
  pairs: v.pipe(v.array(pair), v.maxLength(MAX_PAIRS)),
  rival: v.unknown(),
  expectedMs: milliseconds,
  spentMs: milliseconds,
  outcome: v.nullable(outcome),
  policyId: v.nullable(v.string()),
});

const teaching = v.object({ reference: v.instance(Float32Array), gram: v.nullable(v.instance(Float64Array)) });
const anneal = v.object({
  segmentsDone: count,
  current: v.nullable(scoredMask),
  maxTemperature: finite,
  kept: v.array(scoredMask),
  masksScored: count,
});
const entries = v.pipe(v.array(v.object({ mask, stage: v.union([count, v.literal('validation')]), losses })), v.maxLength(MAX_ENTRIES));
const fits = v.pipe(v.array(v.object({ mask, coefficients, calibrationLosses: losses, validationLosses: losses })), v.maxLength(MAX_PAIRS));
const comparison = v.object({ policy: v.string(), own: losses, rival: losses });

export type SearchSchemasAreExact = [
  Assert<MutuallyAssignable<DeepReadonly<v.InferOutput<typeof record>>, Omit<SearchRecord, 'rival'> & { readonly rival: unknown }>>,
  Assert<MutuallyAssignable<DeepReadonly<v.InferOutput<typeof anneal>>, ProxyAnnealState>>,
  Assert<MutuallyAssignable<DeepReadonly<v.InferOutput<typeof entries>>, readonly BookEntry[]>>,
  Assert<MutuallyAssignable<DeepReadonly<v.InferOutput<typeof fits>>, readonly FittedMask[]>>,
  Assert<MutuallyAssignable<DeepReadonly<v.InferOutput<typeof comparison>>, ComparisonLosses>>,
];

/** Null where there is none, or it is damaged. */
export function parseSearchRecord(value: unknown): SearchRecord | null {
  const result = v.safeParse(record, value);
  if (!result.success) return null;
  const { pairs, plan: planned, rival: storedRival } = result.output;
  const { calibration, validation, comparison: compared } = planned.pairs;
  const rival = storedRival === null ? null : parsePolicyFile(storedRival);
  if (pairs.length !== calibration + validation + compared || planned.sigmas.length !== planned.stepCount + 1) return null;
  if (planned.nfe > planned.stepCount || rival?.ok === false) return null;
  return { ...result.output, rival: rival === null ? null : rival.value };
}

/** Null: that pair's full run is to be made. */
export function parseTeaching(value: unknown, { stepCount }: PageSearchPlan, withErrors: boolean): PairTeaching | null {
  const result = v.safeParse(teaching, value);
  if (!result.success) return null;
  const { gram } = result.output;
  const expected = withErrors ? gramIndex(errorCount(stepCount), 0) : null;
  return (gram?.length ?? null) === expected ? result.output : null;
}

/** Null: annealing begins anew. */
export function parseAnneal(value: unknown): ProxyAnnealState | null {
  const result = v.safeParse(anneal, value);
  return result.success ? result.output : null;
}

export function parseEntries(value: unknown): readonly BookEntry[] {
  const result = v.safeParse(entries, value);
  return result.success ? result.output : [];
}

/** Empty: the finalists are fitted anew. */
export function parseFits(value: unknown): readonly FittedMask[] {
  const result = v.safeParse(fits, value);
  return result.success ? result.output : [];
}

export function parseComparison(value: unknown): ComparisonLosses {
  const result = v.safeParse(comparison, value);
  return result.success ? result.output : NOT_COMPARED;
}
