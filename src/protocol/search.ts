/** The contract between the page and the search worker, which knows no model: it asks the page for every real run. */
import type { Mask } from '../core/search/mask.ts';
import type { PageSearchPlan } from '../core/search/page-plan.ts';
import type { StepCoefficients } from '../core/policy.ts';
import type { MaskPayload, PageSearchChange, PageSearchOutcome, PageSearchProgress, PageSearchState } from '../core/search/page-search-types.ts';
import type { Teaching } from './calibration.ts';
import type { Outcome } from './errors.ts';

export interface SearchJob {
  readonly plan: PageSearchPlan;
  /** What is known from before. */
  readonly state: PageSearchState;
  /** There is a policy to compare with. */
  readonly hasRival: boolean;
}

/** The page's side, proxied. Pairs by number, as the plan counts them; latents are packed and final. */
export interface SearchHost {
  teach(pair: number, withErrors: boolean): Promise<Outcome<Pick<Teaching, 'reference' | 'errors'>>>;
  /** Under plain reuse, or with fitted coefficients. */
  finalLatents(pair: number, mask: Mask, coefficients: readonly StepCoefficients[] | null): Promise<Outcome<Float32Array>>;
  /** Each mask's payload, on the first pairs, judged on the next. */
  fit(masks: readonly Mask[], calibration: number, judges: number): Promise<Outcome<readonly MaskPayload[]>>;
  rivalLatents(pair: number): Promise<Outcome<Float32Array>>;
  /** Settles when the change is stored. */
  keep(change: PageSearchChange): Promise<void>;
  tell(progress: PageSearchProgress): Promise<void>;
}

export interface SearchApi {
  /** One at a time. Fails with `cancelled` after `stop`, or with what a real run failed with; what was kept serves to go on. */
  search(job: SearchJob, host: SearchHost): Promise<Outcome<PageSearchOutcome>>;
  /** Ends the search when it next looks round. */
  stop(): Promise<void>;
}
