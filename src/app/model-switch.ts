/** Another model in place of the open one, without leaving the page: what is typed and what is finished stays. */
import { sizeName } from '../storage/manifest-size.ts';
import type { AppContext } from './app-context.ts';
import { dismissNotice } from './app-context.ts';
import { editDraft } from './draft-actions.ts';
import { isAddress } from './model-source.ts';
import type { AppState } from './state.ts';
import { EMPTY_DRAFT } from './state.ts';

/** Words of the model before: they would be wrong of the next one. */
const MODEL_NOTICES = ['import', 'shipped-policies', 'damaged-policies', 'checked-policy', 'deleted-policy', 'measure', 'run'];

/** Runs, jobs and searches are for the model that is open. */
export const isModelBusy = ({ run, queue, search }: Pick<AppState, 'run' | 'queue' | 'search'>): boolean =>
  run !== null || queue.length > 0 || search.activity === 'running' || search.activity === 'stopping';

/** @param open opens the model that the state names. */
export async function switchModel(app: AppContext, modelId: string, open: () => Promise<unknown>): Promise<void> {
  const { store, settings } = app;
  const { modelId: before, draft } = store.get();
  if (modelId === before || isModelBusy(store.get())) return;
  const kept = settings.readTab(modelId) ?? (await settings.read(modelId)) ?? EMPTY_DRAFT;
  await leaveModel(app, { modelId, draft: kept, announcement: 'Opening another model.' });
  // The same words and seed are what models are compared with.
  editDraft(app, { prompt: draft.prompt, seed: draft.seed });
  // A link or a reload must not lead elsewhere by itself.
  if (!isAddress(modelId)) nameInAddress(modelId);
  await open();
}

function nameInAddress(modelId: string): void {
  const address = new URL(location.href);
  address.searchParams.set('model', modelId);
  history.replaceState(history.state, '', address);
}

/** The same model at another of its sizes. @param open opens the model that the state names. */
export async function switchSize(app: AppContext, size: string, open: () => Promise<unknown>): Promise<void> {
  const { manifest, draft } = app.store.get();
  if (manifest === null || sizeName(manifest.image) === size || isModelBusy(app.store.get())) return;
  await leaveModel(app, { draft, announcement: 'Opening the model at another size.' });
  editDraft(app, { size });
  await open();
}

/** Nothing that depends on the open model is left. */
async function leaveModel(app: AppContext, next: Partial<AppState>): Promise<void> {
  const { store, engine, measurer } = app;
  // Its times would otherwise be taken for those of the next one.
  await measurer.abandon();
  const { load } = store.get();
  if (load.phase === 'loading') await engine.cancel(load.runId);
  for (const key of MODEL_NOTICES) dismissNotice(app, key);
  store.set({
    ...next,
    manifest: null,
    opened: null,
    library: [],
    stops: [],
    costs: null,
    load: { phase: 'loading', runId: '', download: null },
  });
}
