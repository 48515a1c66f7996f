/** Cache policies (BudCache, arXiv 2606.13496): which steps are computed, decided before the run. */

/**
 * How a skipped step's velocity is formed from computed steps; `reuse` is the paper's. `multistep` skips nothing:
 * it corrects computed steps with older velocities, so it serves models that exist as one graph.
 */
export type PayloadKind = 'reuse' | 'taylor' | 'damped-taylor' | 'two-anchor' | 'mean-velocity' | 'fitted' | 'multistep';

/** What the fitted coefficients of a step multiply; see payload-fitted.ts. */
export type FittedBasis = 'heads' | 'velocities' | 'heads-and-velocity';

/** A step's velocity as a weighted sum of outputs. */
export interface StepCoefficients {
  readonly stepIndex: number;
  readonly basis: FittedBasis;
  /** One to three, for the first outputs of the basis. */
  readonly weights: readonly number[];
}

/** A published method that decides while sampling, by what it measures at every step. */
export interface RuntimeRule {
  readonly method: 'teacache' | 'easycache' | 'dicache';
  /** Compute when the changes since the last computed step add up to this. */
  readonly threshold: number;
  /** The first steps that are always computed; at least 1. */
  readonly forcedFirst: number;
  readonly forceLast: boolean;
  /** TeaCache's polynomial, of the powers 0 to 4; the others have none. */
  readonly coefficients: readonly number[];
}

/** The part of a policy a sampler needs. */
export interface CachePolicy {
  readonly stepCount: number;
  /** stepCount + 1 values, strictly decreasing, the last one 0. */
  readonly sigmas: readonly number[];
  /** Strictly increasing step indices, the first one 0. Its length is the NFE, the budget. */
  readonly computedSteps: readonly number[];
  readonly payload: PayloadKind;
  /** Of `two-anchor` its γ, of `mean-velocity` its span in steps; left out, the payload's own default holds. */
  readonly parameter?: number;
  /** Of `fitted` one entry for each skipped step, of `multistep` one for each step, both in order. */
  readonly coefficients?: readonly StepCoefficients[];
  /** Where there is one, `computedSteps` is only what it computes most often. */
  readonly rule?: RuntimeRule;
}

/** What a policy may be used with. */
export type PolicyModel =
  | {
      /** Searched on exactly these denoiser graphs and this scheduler. */
      readonly kind: 'bound';
      readonly id: string;
      /** sha256 (hex) over the denoiser graphs and scheduler fields, as the manifest's `binding`. */
      readonly binding: string;
    }
  | {
      /** Known by architecture only; used unverified where architecture and step count fit. */
      readonly kind: 'portable';
      readonly architecture: string;
    };

/** How a policy was found and what it was measured to be worth. */
export interface PolicyEvidence {
  /** e.g. `latent-mse`. */
  readonly objective: string;
  readonly objectiveValue: number;
  /** Latent PSNR in dB against the full run, mean over `validationPairs`. */
  readonly latentPsnrDb: number | null;
  /** 95 % bootstrap interval of that mean, low and high; left out where it was not taken. */
  readonly latentPsnrIntervalDb?: readonly [number, number];
  readonly calibrationPairs: number;
  readonly validationPairs: number;
  readonly search: string;
  readonly seed: number;
  /** Cached runs of one pair, teacher runs counted. */
  readonly evaluations: number;
  readonly seconds: number;
}

/** One `budcache-policy/1` file. */
export interface PolicyFile extends CachePolicy {
  readonly format: 'budcache-policy/1';
  readonly name: string;
  readonly model: PolicyModel;
  readonly evidence: PolicyEvidence | null;
  /** Who or what made it, in words. */
  readonly provenance: string;
}

/** Number of computed steps: the budget. */
export const nfeOf = (policy: CachePolicy): number => policy.computedSteps.length;
