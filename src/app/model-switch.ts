/** Another model in place of the open one, without leaving the page: what is typed and what is finished stays. */
import type { AppContext } from './app-context.ts';
import { dismissNotice } from './app-context.ts';
import { editDraft } from './draft-actions.ts';
import type { AppState } from './state.ts';
import { EMPTY_DRAFT } from './state.ts';

/** Words of the model before: they would be wrong of the next one. */
const MODEL_NOTICES = ['import', 'shipped-policies', 'damaged-policies', 'checked-policy', 'deleted-policy', 'measure', 'run'];

/** Runs, jobs and searches are for the model that is open. */
export const isModelBusy = ({ run, queue, search }: Pick<AppState, 'run' | 'queue' | 'search'>): boolean =>
  run !== null || queue.length > 0 || search.activity === 'running' || search.activity === 'stopping';

/** @param open opens the model that the state names. */
export async function switchModel(app: AppContext, modelId: string, open: () => Promise<unknown>): Promise<void> {
  const { store, engine, settings, measurer } = app;
  const { modelId: before, draft, load } = store.get();
  if (modelId === before || isModelBusy(store.get())) return;
  // Its times would otherwise be taken for those of the next model.
  await measurer.abandon();
  if (load.phase === 'loading') await engine.cancel(load.runId);
  const kept = settings.readTab(modelId) ?? (await settings.read(modelId)) ?? EMPTY_DRAFT;
  for (const key of MODEL_NOTICES) dismissNotice(app, key);
  store.set({
    modelId,
    manifest: null,
    opened: null,
    library: [],
    stops: [],
    costs: null,
    draft: kept,
    load: { phase: 'loading', runId: '', download: null },
    announcement: 'Opening another model.',
  });
  // The same words and seed are what models are compared with.
  editDraft(app, { prompt: draft.prompt, seed: draft.seed });
  const address = new URL(location.href);
  address.searchParams.set('model', modelId);
  history.replaceState(history.state, '', address);
  await open();
}
