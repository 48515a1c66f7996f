/** A search for policies: planned, run behind the person's own pictures, kept as it comes, paused and gone on with. */
import type { PolicyFile } from '../core/policy.ts';
import { nfeOf } from '../core/policy.ts';
import { planPageSearch } from '../core/search/page-plan.ts';
import type { PlannedSearch } from '../core/search/page-plan.ts';
import type { PageSearchOutcome } from '../core/search/page-search-types.ts';
import { mapMask } from '../core/search/warm-starts.ts';
import type { Manifest } from '../protocol/manifest.ts';
import type { SearchRecord } from '../storage/search-record.ts';
import type { AppContext } from './app-context.ts';
import { addNotice, dismissNotice, reportFailure, reportStorageError } from './app-context.ts';
import { randomSeed } from './draft-actions.ts';
import { showStored } from './policy-actions.ts';
import { searchInWorker } from './search-client.ts';
import { createSearchDesk } from './search-host.ts';
import { sigmaLevels } from './search-levels.ts';
import { policyFromSearch, verdictOf } from './search-outcome.ts';
import { distinctPrompts, searchPairs } from './search-pairs.ts';
import { NO_SEARCH } from './search-state.ts';
import type { SearchState } from './search-state.ts';
import type { AppState } from './state.ts';

const SEARCH_NOTICE = 'search';
/** Two tabs searching would spend every run twice. */
const SEARCH_LOCK = 'budcache-search';

export interface SearchSettings {
  readonly nfe: number;
  readonly effortMs: number;
  readonly calibrationPairs: number;
  readonly promptSource: 'own' | 'examples';
}

/** The search that runs in this tab. */
let running: { readonly modelId: string; readonly stop: AbortController; isForgotten: boolean } | null = null;

/** Of a model that is no longer on the page nothing is shown. */
function setSearch({ store }: AppContext, modelId: string, patch: Partial<SearchState>): void {
  const { manifest, search } = store.get();
  if (manifest?.id === modelId) store.set({ search: { ...search, ...patch } });
}

/** The person's latest prompts, the one being written first. */
export const ownPrompts = ({ draft, gallery }: Pick<AppState, 'draft' | 'gallery'>): string[] =>
  distinctPrompts([draft.prompt, ...(gallery.items ?? []).map(({ entry }) => entry.recipe.prompt)]);

/** Of the runs that are searched for: the person's number of steps, else the model's. */
export const searchedSteps = ({ draft }: Pick<AppState, 'draft'>, { defaults }: Manifest): number => draft.stepCount ?? defaults.stepCount;

const shippedFor = ({ library }: Pick<AppState, 'library'>, { binding }: Manifest, stepCount: number): PolicyFile[] =>
  library
    .filter(({ source, file }) => source === 'shipped' && file.stepCount === stepCount && file.model.kind === 'bound' && file.model.binding === binding)
    .map(({ file }) => file);

/** The shipped policy that the winner is held against; null where none is shipped for this budget. */
const rivalOf = (shipped: readonly PolicyFile[], nfe: number): PolicyFile | null => shipped.find((file) => nfeOf(file) === nfe) ?? null;

/** Null while the model or this machine's times are not known. */
export function planFor(state: AppState, settings: SearchSettings, seed: number): PlannedSearch | null {
  const { manifest, costs } = state;
  if (manifest === null || costs === null) return null;
  const stepCount = searchedSteps(state, manifest);
  const sigmas = sigmaLevels(manifest, stepCount);
  // The nearest shipped mask, brought to this budget where it is none of it, is looked at in any case.
  const distance = (file: PolicyFile): number => Math.abs(nfeOf(file) - settings.nfe);
  const [known] = shippedFor(state, manifest, stepCount).toSorted((a, b) => distance(a) - distance(b));
  const knownMasks = known === undefined ? [] : [nfeOf(known) === settings.nfe ? known.computedSteps : mapMask(known, sigmas, settings.nfe)];
  return planPageSearch({ ...settings, stepCount, sigmas, seed, costs, knownMasks });
}

export async function startSearch(app: AppContext, settings: SearchSettings): Promise<void> {
  const state = app.store.get();
  const { manifest } = state;
  const seed = randomSeed();
  const planned = planFor(state, settings, seed);
  if (manifest === null || planned === null || state.search.activity !== 'none' || running !== null) return;
  const own = ownPrompts(state);
  const { examples } = manifest.vocabulary;
  const [chosen, others] = settings.promptSource === 'own' && own.length > 0 ? [own, examples] : [examples, own];
  const guidanceScale = state.draft.guidanceScale ?? manifest.guidance.default;
  const record: SearchRecord = {
    modelId: manifest.id,
    binding: manifest.binding,
    plan: planned.plan,
    pairs: searchPairs(planned.plan.pairs, { chosen, others, guidanceScale, seed }),
    rival: rivalOf(shippedFor(state, manifest, planned.plan.stepCount), settings.nfe),
    expectedMs: planned.expectedMs,
    spentMs: 0,
    outcome: null,
    policyId: null,
  };
  setSearch(app, manifest.id, { record, activity: 'running', progress: null });
  try {
    await (await app.searches).begin(record);
  } catch (error) {
    reportStorageError(app, error);
  }
  await runSearch(app, record, manifest);
}

/** From where it was left, also by a page that is gone. */
export async function continueSearch(app: AppContext): Promise<void> {
  const { search, manifest } = app.store.get();
  if (search.record === null || manifest === null || search.activity !== 'paused') return;
  await runSearch(app, search.record, manifest);
}

/** Keeps what is known: the search can go on from here. */
export const pauseSearch = (app: AppContext): void => endSearch(app);

/** Forgets the search, running or not. */
export async function stopSearch(app: AppContext): Promise<void> {
  const { record } = app.store.get().search;
  if (running !== null) {
    running.isForgotten = true;
    endSearch(app);
  } else if (record !== null) await forgetSearch(app, record.modelId);
}

function endSearch(app: AppContext): void {
  if (running === null) return;
  setSearch(app, running.modelId, { activity: 'stopping' });
  running.stop.abort();
}

async function forgetSearch(app: AppContext, modelId: string): Promise<void> {
  setSearch(app, modelId, NO_SEARCH);
  await (await app.searches).forget(modelId).catch((error: unknown) => reportStorageError(app, error));
}

/** What was left by the last visit; called when another model's manifest is known. */
export async function restoreSearch(app: AppContext, manifest: Manifest): Promise<void> {
  endSearch(app);
  app.store.set({ search: NO_SEARCH });
  const record = await (await app.searches).read(manifest.id).catch(() => null);
  if (record === null || app.store.get().search.record !== null) return;
  if (record.binding !== manifest.binding) {
    await forgetSearch(app, manifest.id);
    return;
  }
  setSearch(app, manifest.id, { record, activity: record.outcome === null ? 'paused' : 'none', progress: null });
}

async function runSearch(app: AppContext, record: SearchRecord, manifest: Manifest): Promise<void> {
  dismissNotice(app, SEARCH_NOTICE);
  setSearch(app, record.modelId, { record, activity: 'running', progress: null });
  const ran = await withSearchLock(() => runLocked(app, record, manifest));
  if (ran) return;
  setSearch(app, record.modelId, { record, activity: 'paused' });
  const text = 'A search runs in another tab of this browser. Wait for it, or continue this one when that has ended.';
  addNotice(app, { key: SEARCH_NOTICE, kind: 'info', text, code: null, detail: null });
}

async function runLocked(app: AppContext, record: SearchRecord, manifest: Manifest): Promise<void> {
  const searches = await app.searches;
  const stop = new AbortController();
  const here = { modelId: record.modelId, stop, isForgotten: false };
  running = here;
  setSearch(app, record.modelId, { record, activity: 'running', progress: null });
  app.store.set({ announcement: 'Searching for a policy.' });
  const startMs = performance.now();
  const desk = createSearchDesk({
    engine: app.engine,
    record,
    keep: async (change) => {
      try {
        await searches.keep(record.modelId, change);
        await searches.update(current());
      } catch (error) {
        reportStorageError(app, error);
      }
    },
    tell: (progress) => setSearch(app, record.modelId, { record: current(), progress }),
  });
  /** The record as it stands now. */
  const current = (): SearchRecord => ({ ...record, spentMs: record.spentMs + performance.now() - startMs - desk.waitedMs() });
  stop.signal.addEventListener('abort', () => void desk.cancelRun());

  const state = await searches.readState(record);
  const outcome = await searchInWorker({ plan: record.plan, state, hasRival: record.rival !== null }, desk.host, stop.signal);
  running = null;
  if (here.isForgotten) {
    await forgetSearch(app, record.modelId);
    app.store.set({ announcement: 'The search was stopped and forgotten.' });
  } else if (outcome.ok) {
    await finishSearch(app, current(), outcome.value, manifest);
  } else {
    await searches.update(current()).catch((error: unknown) => reportStorageError(app, error));
    setSearch(app, record.modelId, { record: current(), activity: 'paused' });
    if (outcome.error.code === 'cancelled') app.store.set({ announcement: 'The search is paused.' });
    else reportFailure(app, SEARCH_NOTICE, outcome.error);
  }
}

/** The winner goes among the person's own policies. */
async function finishSearch(app: AppContext, record: SearchRecord, outcome: PageSearchOutcome, manifest: Manifest): Promise<void> {
  const { opened } = app.store.get();
  const file = policyFromSearch(record, outcome, opened?.backend.kind ?? 'an unknown backend');
  let finished: SearchRecord = { ...record, outcome };
  try {
    const { stored } = await (await app.policies).addOwn(manifest.id, file);
    finished = { ...finished, policyId: stored.id };
    const searches = await app.searches;
    await searches.update(finished);
    await searches.forgetState(record.modelId);
    await showStored(app, manifest);
  } catch (error) {
    reportStorageError(app, error);
  }
  setSearch(app, record.modelId, { record: finished, activity: 'none', progress: null });
  app.store.set({ announcement: `The search has ended. ${verdictOf(outcome).text}` });
}

/** @returns false, without running, where another tab searches. */
async function withSearchLock(work: () => Promise<void>): Promise<boolean> {
  // Typed as always there; insecure pages have none.
  const locks = navigator.locks as LockManager | undefined;
  if (locks === undefined) {
    await work();
    return true;
  }
  return locks.request(SEARCH_LOCK, { ifAvailable: true }, async (lock) => {
    if (lock === null) return false;
    await work();
    return true;
  });
}
