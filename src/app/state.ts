/** Everything the page shows, as one value; views read it, actions write it. */
import type { CallCosts } from '../core/caching/cost.ts';
import { predictedRunMs } from '../core/caching/cost.ts';
import type { RefusalCode } from '../core/import/refusal.ts';
import type { PolicyFile } from '../core/policy.ts';
import type { DownloadProgress, OpenedModel, RgbaPicture, RunResult, StepTrace } from '../protocol/engine.ts';
import type { ErrorCode, Failure } from '../protocol/errors.ts';
import type { Manifest } from '../protocol/manifest.ts';
import type { StoredPolicy } from '../storage/policy-store.ts';
import type { ComparedRun } from '../storage/compared-runs-store.ts';
import type { Draft } from '../storage/settings-store.ts';
import { stopWithin } from './budget-seconds.ts';
import type { BudgetStop, PolicyChoice } from './budget-stops.ts';
import { chosenPolicy, defaultStop, FULL_RUN, nearestStop } from './budget-stops.ts';
import type { Comparison } from './compare-model.ts';
import type { GalleryState } from './gallery-state.ts';
import { EMPTY_GALLERY } from './gallery-state.ts';
import type { SeedGrid } from './grid-state.ts';
import type { Job } from './queue-state.ts';
import type { RecipeInbox } from './recipe-inbox.ts';
import { NO_SEARCH } from './search-state.ts';
import type { SearchState } from './search-state.ts';
import { CLOSED_INBOX } from './recipe-inbox.ts';

export type LoadState =
  | { readonly phase: 'loading'; readonly runId: string; readonly download: DownloadProgress | null }
  /** By the person; what has arrived is kept. */
  | { readonly phase: 'paused'; readonly download: DownloadProgress | null }
  | { readonly phase: 'ready' }
  | { readonly phase: 'failed'; readonly failure: Failure };

/** What makes a picture: the same recipe on the same backend gives the same picture. */
export interface Recipe {
  readonly modelId: string;
  readonly prompt: string;
  /** Empty where the model takes none. */
  readonly negativePrompt: string;
  readonly seed: number;
  readonly guidanceScale: number;
  readonly stepCount: number;
  readonly choice: PolicyChoice;
}

export interface RunInProgress {
  readonly runId: string;
  readonly recipe: Recipe;
  /** `other-tab`: a run there has to end first. */
  readonly stage: 'waiting' | 'other-tab' | 'text' | 'denoise' | 'decode';
  /** Done so far, in order. */
  readonly steps: readonly StepTrace[];
  readonly isCancelling: boolean;
  /** The latest look at what it is going to be; comes with live previews only. */
  readonly preview?: RgbaPicture;
  /** Steps of the whole job, several runs in a comparison, and those done in its earlier runs. */
  readonly jobSteps: number;
  readonly jobStepsBefore: number;
  /** Which part of the job this is, in words; left out for a job of one run. */
  readonly part?: string;
}

export interface FinishedRun {
  readonly recipe: Recipe;
  readonly result: RunResult;
  /** What the page said beforehand; null when this machine was not measured yet. */
  readonly predictedMs: number | null;
}

export interface Notice {
  /** A later notice with the same key replaces it. */
  readonly key: string;
  readonly kind: 'error' | 'warning' | 'info';
  /** For a person. */
  readonly text: string;
  readonly code: ErrorCode | RefusalCode | null;
  /** What happened exactly. */
  readonly detail: string | null;
  /** Offers to load the model again. */
  readonly canRetry?: boolean;
  /** A button of its own; pressing it dismisses the notice. */
  readonly action?: { readonly label: string; readonly run: () => void };
}

export interface AppState {
  readonly modelId: string;
  readonly draft: Draft;
  /** Known before the weights have arrived. */
  readonly manifest: Manifest | null;
  readonly load: LoadState;
  readonly opened: OpenedModel | null;
  /** All that is stored for this model, usable at the chosen number of steps or not. */
  readonly library: readonly StoredPolicy[];
  /** Empty until the model's policies are known. */
  readonly stops: readonly BudgetStop[];
  readonly costs: CallCosts | null;
  readonly isMeasuring: boolean;
  readonly run: RunInProgress | null;
  /** Jobs that wait for the run to end, in their order. */
  readonly queue: readonly Job[];
  /** Of the latest job with several seeds. */
  readonly grid: SeedGrid | null;
  readonly finished: FinishedRun | null;
  /** The last run was ended by the person. */
  readonly wasCancelled: boolean;
  /** Kept so that several budgets can be held against it at the price of one. */
  readonly lastFullRun: FinishedRun | null;
  readonly comparison: Comparison | null;
  /** The person wants to see runs take shape. */
  readonly livePreviews: boolean;
  readonly gallery: GalleryState;
  readonly search: SearchState;
  /** Of any model; the latest last. */
  readonly comparedRuns: readonly ComparedRun[];
  readonly inbox: RecipeInbox;
  readonly notices: readonly Notice[];
  /** The latest event worth saying aloud. */
  readonly announcement: string;
}

export const EMPTY_DRAFT: Draft = {
  prompt: '',
  negativePrompt: '',
  size: null,
  seed: 1,
  guidanceScale: null,
  budget: null,
  policyId: null,
  budgetSeconds: null,
  stepCount: null,
  pictureCount: 1,
};

export const initialState = (modelId: string, draft: Draft): AppState => ({
  modelId,
  draft,
  manifest: null,
  load: { phase: 'loading', runId: '', download: null },
  opened: null,
  library: [],
  stops: [],
  costs: null,
  isMeasuring: false,
  run: null,
  queue: [],
  grid: null,
  finished: null,
  wasCancelled: false,
  lastFullRun: null,
  comparison: null,
  livePreviews: false,
  gallery: EMPTY_GALLERY,
  search: NO_SEARCH,
  comparedRuns: [],
  inbox: CLOSED_INBOX,
  notices: [],
  announcement: '',
});

export interface Selection {
  readonly stop: BudgetStop;
  readonly choice: PolicyChoice;
  /** Of the full run; a multistep policy takes fewer of its own. */
  readonly stepCount: number;
  /** What became of the limit of seconds; `unknown` until this machine is measured. */
  readonly limit: 'none' | 'unknown' | 'kept' | 'exceeded';
}

/** The chosen budget and policy; null until the model's policies are known. */
export function selectionOf({ manifest, stops, draft, costs }: Pick<AppState, 'manifest' | 'stops' | 'draft' | 'costs'>): Selection | null {
  const [first, ...others] = stops;
  if (manifest === null || first === undefined) return null;
  const stepCount = draft.stepCount ?? manifest.defaults.stepCount;
  const choose = (stop: BudgetStop, limit: Selection['limit']): Selection => ({
    stop,
    choice: chosenPolicy(stop, draft.policyId),
    stepCount,
    limit,
  });
  if (draft.budgetSeconds !== null && costs !== null) {
    const { stop, isKept } = stopWithin([first, ...others], draft.budgetSeconds * 1000, costs, stepCount);
    return choose(stop, isKept ? 'kept' : 'exceeded');
  }
  const stop = draft.budget === null ? defaultStop(stops, stepCount) : nearestStop(stops, draft.budget);
  return choose(stop, draft.budgetSeconds === null ? 'none' : 'unknown');
}

/** Null until the model and its policies are known. */
export function recipeOf(state: AppState): Recipe | null {
  const selection = selectionOf(state);
  if (selection === null || state.manifest === null) return null;
  const { guidance, id } = state.manifest;
  return {
    modelId: id,
    prompt: state.draft.prompt.trim(),
    negativePrompt: guidance.kind === 'classifier-free' ? state.draft.negativePrompt.trim() : '',
    seed: state.draft.seed,
    guidanceScale: state.draft.guidanceScale ?? guidance.default,
    stepCount: selection.choice.file?.stepCount ?? selection.stepCount,
    choice: selection.choice,
  };
}

/** What the recipe is held against: the full run at the chosen number of steps, from the same noise. */
export function fullRecipeOf({ draft, manifest }: Pick<AppState, 'draft' | 'manifest'>, recipe: Recipe): Recipe {
  const isShorter = recipe.choice.file?.payload === 'multistep' && manifest !== null;
  const stepCount = isShorter ? (draft.stepCount ?? manifest.defaults.stepCount) : recipe.stepCount;
  return { ...recipe, choice: FULL_RUN, stepCount };
}

export const nfeOfChoice = (file: PolicyFile | null, stepCount: number): number =>
  file === null ? stepCount : file.computedSteps.length;

export const predictedMsOf = (costs: CallCosts | null, nfe: number, stepCount: number): number | null =>
  costs === null ? null : predictedRunMs(costs, nfe, stepCount);
