/** What the page's search is given, tells and keeps. All of it plain data that a structured clone keeps. */
import type { Cancel } from '../denoiser.ts';
import type { StepCoefficients } from '../policy.ts';
import type { Mask } from './mask.ts';
import type { PageSearchPlan } from './page-plan.ts';
import type { ProxyAnnealState } from './proxy-anneal.ts';
import type { SearchPhase } from './search-task.ts';
import type { BookEntry } from './staged-objective.ts';

/** The model, as far as the search needs it. Pairs by number, as the plan counts them; latents belong to the caller. */
export interface RealRuns {
  /** The full run: its final latents, and the errors of all single reuses, by `errorIndex`, where they are wanted. */
  teach(pair: number, withErrors: boolean): Promise<{ readonly reference: Float32Array; readonly errors: readonly Float32Array[] | null }>;
  /** Under plain reuse, or with the skipped steps' fitted coefficients. */
  finalLatents(pair: number, mask: Mask, coefficients: readonly StepCoefficients[] | null): Promise<Float32Array>;
  /** Fits each mask's payload in closed loop on the first `calibration` pairs; the next `judges` pairs choose its bases. */
  fit(masks: readonly Mask[], calibration: number, judges: number): Promise<readonly MaskPayload[]>;
  /** Under the policy to compare with; null where there is none. */
  readonly rivalLatents: ((pair: number) => Promise<Float32Array>) | null;
}

/** One mask's fitted payload, and the final latents of the runs that it was fitted by. */
export interface MaskPayload {
  readonly coefficients: readonly StepCoefficients[];
  readonly calibrationLatents: readonly Float32Array[];
  readonly judgeLatents: readonly Float32Array[];
}

/** What is kept of it: mean squared errors of the final latents, pair by pair. */
export interface FittedMask {
  readonly mask: Mask;
  readonly coefficients: readonly StepCoefficients[];
  readonly calibrationLosses: readonly number[];
  readonly validationLosses: readonly number[];
}

/** What is kept of a pair's full run. */
export interface PairTeaching {
  readonly reference: Float32Array;
  /** Of its reuse errors, packed as in gram.ts; null of pairs that only judge. */
  readonly gram: Float64Array | null;
}

/** Mean squared errors of final latents on the comparison pairs, in order, as far as they are known. */
export interface ComparisonLosses {
  /** Mask and coefficients that `own` was measured with, as text. */
  readonly policy: string;
  readonly own: readonly number[];
  readonly rival: readonly number[];
}

/** Everything that is known so far: the same plan, pairs and model go on from here as if never stopped. */
export interface PageSearchState {
  /** By pair number; null where the full run is still to be made. */
  readonly teachings: readonly (PairTeaching | null)[];
  readonly anneal: ProxyAnnealState | null;
  readonly entries: readonly BookEntry[];
  /** Of the finalists; empty until they are fitted. */
  readonly fits: readonly FittedMask[];
  readonly comparison: ComparisonLosses;
}

export const NOT_COMPARED: ComparisonLosses = { policy: '', own: [], rival: [] };

export const NOTHING_KNOWN: PageSearchState = { teachings: [], anneal: null, entries: [], fits: [], comparison: NOT_COMPARED };

/** A part of the state that is new. */
export type PageSearchChange =
  | { readonly kind: 'teaching'; readonly pair: number; readonly teaching: PairTeaching }
  | { readonly kind: 'anneal'; readonly anneal: ProxyAnnealState }
  | { readonly kind: 'entries'; readonly entries: readonly BookEntry[] }
  | { readonly kind: 'fits'; readonly fits: readonly FittedMask[] }
  | { readonly kind: 'comparison'; readonly comparison: ComparisonLosses };

/** `teach`: full runs. `proxy`: annealing without the model. Then as in search-task.ts. `fit`: the finalists' payloads. `compare`: against the rival. */
export type PageSearchPhase = 'teach' | SearchPhase | 'fit' | 'compare';

export interface ShownMask {
  readonly mask: Mask;
  /** Latent PSNR in dB, mean over the calibration pairs (of those looked at); by the proxy where `isEstimate`. */
  readonly psnrDb: number;
  readonly isEstimate: boolean;
}

export interface PageSearchProgress {
  readonly phase: PageSearchPhase;
  readonly current: ShownMask | null;
  readonly best: ShownMask | null;
  /** In dB of the objective; null where nothing is annealed. */
  readonly temperatureDb: number | null;
  /** By the proxy and really. */
  readonly masksTried: number;
  /** Runs of one pair through the model, full runs counted. */
  readonly realRuns: number;
}

export interface PageSearchOutcome {
  readonly mask: Mask;
  /** Of the payload `fitted`, one for each skipped step; null where plain reuse was no worse. */
  readonly coefficients: readonly StepCoefficients[] | null;
  /** What the payload won over plain reuse of the best finalist, on the validation pairs, in dB; null without one. */
  readonly payloadGainDb: number | null;
  /** Mean natural logarithm of the mean squared errors, on the calibration pairs. */
  readonly objectiveValue: number;
  /** Latent PSNR in dB, means over the pairs. */
  readonly calibrationPsnrDb: number;
  readonly validationPsnrDb: number;
  /** Latent PSNR in dB of each comparison pair. */
  readonly ownPsnrDb: readonly number[];
  /** Null without a rival. */
  readonly rivalPsnrDb: readonly number[] | null;
  readonly finalists: number;
  readonly masksTried: number;
  readonly realRuns: number;
}

export interface PageSearchTask {
  readonly plan: PageSearchPlan;
  readonly runs: RealRuns;
  readonly resume: PageSearchState;
  readonly cancel?: Cancel;
  /** Awaited, so that what was paid for is kept before more is spent. */
  readonly onChange: (change: PageSearchChange) => Promise<void> | void;
  /** Awaited, so that a worker may look at its messages. */
  readonly onProgress: (progress: PageSearchProgress) => Promise<void> | void;
}
