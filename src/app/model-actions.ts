/** From a model's address to a page that is ready: manifest, weights, and this machine's times. */
import type { BackendPreference, OpenedModel } from '../protocol/engine.ts';
import type { Outcome } from '../protocol/errors.ts';
import type { Manifest } from '../protocol/manifest.ts';
import { parseManifest } from '../storage/manifest-schema.ts';
import { manifestAtSize } from '../storage/manifest-size.ts';
import type { AppContext } from './app-context.ts';
import { dismissNotice, reportFailure } from './app-context.ts';
import { provideCosts } from './cost-actions.ts';
import { editDraft } from './draft-actions.ts';
import { settleStorage } from './load-actions.ts';
import { loadPolicies } from './policy-actions.ts';
import { openInbox } from './recipe-restore.ts';
import { isAddress, manifestUrlOf } from './model-source.ts';
import { newRunId } from './run-id.ts';
import { EMPTY_DRAFT } from './state.ts';

const OPEN_NOTICE = 'open';

/** Never rejects: what fails is shown, with an offer to try again. */
export async function openModel(app: AppContext, backend: BackendPreference): Promise<Outcome<OpenedModel>> {
  const { store, engine } = app;
  dismissNotice(app, OPEN_NOTICE);
  const runId = newRunId();
  store.set({ load: { phase: 'loading', runId, download: null }, opened: null });
  const { modelId } = store.get();
  const manifestUrl = manifestUrlOf(modelId, app.siteUrl);
  // Another model, or this one again, may be asked for before this one has come.
  const isCurrent = (): boolean => {
    const { load } = store.get();
    return load.phase === 'loading' && load.runId === runId;
  };
  const { size } = store.get().draft;
  // A model from elsewhere was shown before it was asked for.
  const early = isAddress(modelId) ? undefined : showManifestEarly(app, manifestUrl, isCurrent);
  const opened = await engine.open({ manifestUrl, ...app.sources.get(modelId), ...(size === null ? {} : { size }), backend, runId }, (download) => {
    if (isCurrent()) store.set({ load: { phase: 'loading', runId, download } });
  });
  await early;
  if (!isCurrent()) return opened;
  if (!opened.ok && opened.error.code === 'cancelled') {
    const { load } = store.get();
    store.set({ load: { phase: 'paused', download: load.phase === 'loading' ? load.download : null } });
    return opened;
  }
  // The bundle may have lost the size; the next try takes its own.
  if (!opened.ok && opened.error.code === 'request-invalid') editDraft(app, { size: null });
  if (!opened.ok) {
    store.set({ load: { phase: 'failed', failure: opened.error } });
    reportFailure(app, OPEN_NOTICE, opened.error, true);
    return opened;
  }
  const { manifest, backend: report } = opened.value;
  if (store.get().manifest?.binding !== manifest.binding) await useManifest(app, manifest);
  store.set({ load: { phase: 'ready' }, opened: opened.value, announcement: 'The model is ready.' });
  settleStorage(app, opened.value.storage);
  void provideCosts(app, manifest, report);
  return opened;
}

/**
 * Words, budgets and policies can be shown while the weights are on their way. A manifest that is missing or
 * bad is left to the engine, which reports it.
 */
async function showManifestEarly(app: AppContext, url: string, isCurrent: () => boolean): Promise<void> {
  try {
    const response = await fetch(url);
    if (!response.ok) return;
    const parsed = parseManifest(await response.json());
    const { size } = app.store.get().draft;
    const manifest = parsed.ok ? (size === null ? parsed.value : manifestAtSize(parsed.value, size)) : null;
    if (manifest !== null && isCurrent()) await useManifest(app, manifest);
  } catch {
    // The engine meets the same failure and names it.
  }
}

async function useManifest(app: AppContext, manifest: Manifest): Promise<void> {
  app.store.set({ manifest });
  const [example] = manifest.vocabulary.examples;
  if (app.store.get().draft === EMPTY_DRAFT && example !== undefined) editDraft(app, { prompt: example });
  await loadPolicies(app, manifest);
  await openInbox(app);
}
