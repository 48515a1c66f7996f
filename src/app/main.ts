/** The composition root: stores, engine and views are made here, once, and know each other only through this. */
import type { BackendPreference } from '../protocol/engine.ts';
import { createComparedRunsStore } from '../storage/compared-runs-store.ts';
import { createCostStore } from '../storage/cost-store.ts';
import { createGalleryStore } from '../storage/gallery-store.ts';
import { openKeyValueStore } from '../storage/key-value.ts';
import { createLookStore } from '../storage/look-store.ts';
import { createPolicyStore } from '../storage/policy-store.ts';
import { createSearchStore } from '../storage/search-store.ts';
import { createSettingsStore } from '../storage/settings-store.ts';
import type { AppContext } from './app-context.ts';
import { warn } from './app-context.ts';
import { createConsoleApi } from './console-api.ts';
import { keepComparisons } from './curve-actions.ts';
import { restoreDraft } from './draft-actions.ts';
import { createEngineClient } from './engine-client.ts';
import { createIdleMeasurer } from './idle-measurer.ts';
import { startGallery } from './gallery-actions.ts';
import { bindInstall } from './install.ts';
import { ensureIsolated } from './isolation.ts';
import { openModel } from './model-actions.ts';
import { isAddress } from './model-source.ts';
import { restoreFromLink } from './recipe-restore.ts';
import { restoreSearch } from './search-actions.ts';
import { startQueue } from './queue-actions.ts';
import { EMPTY_DRAFT, initialState } from './state.ts';
import { createStore } from './store.ts';
import { registerServiceWorker } from './update.ts';
import { bindBudget } from './views/budget-view.ts';
import { bindComparison } from './views/compare-view.ts';
import { bindCurve } from './views/curve-view.ts';
import { bindGalleryDetails } from './views/gallery-details-view.ts';
import { bindGallery } from './views/gallery-view.ts';
import { bindLoad } from './views/load-view.ts';
import { bindNotices } from './views/notices-view.ts';
import { bindCompareButton, bindNoise, bindPicture } from './views/picture-view.ts';
import { bindGrid } from './views/grid-view.ts';
import { bindModelCard } from './views/model-card-view.ts';
import { bindModel } from './views/model-view.ts';
import { bindNegativePrompt } from './views/negative-prompt-view.ts';
import { bindPolicyLibrary } from './views/policy-library-view.ts';
import { bindPublished } from './views/published-view.ts';
import { bindPolicy } from './views/policy-view.ts';
import { bindQueue } from './views/queue-view.ts';
import { bindShortcuts } from './views/shortcuts-view.ts';
import { bindPreview } from './views/preview-view.ts';
import { bindPrompt } from './views/prompt-view.ts';
import { bindRun } from './views/run-view.ts';
import { byId } from './views/dom.ts';
import { bindSearchLive } from './views/search-live-view.ts';
import { bindSearchOutcome } from './views/search-outcome-view.ts';
import { bindSearch } from './views/search-view.ts';
import { bindSettings } from './views/settings-view.ts';
import { bindSize } from './views/size-view.ts';
import { bindUpdate } from './views/update-view.ts';
import { bindShare } from './views/share-view.ts';
import { bindStage } from './views/stage-view.ts';
import { bindTheme } from './views/theme-view.ts';
import { bindTimelineTime } from './views/timeline-time-view.ts';
import { bindEvidence, bindTimeline } from './views/timeline-view.ts';

const DEFAULT_MODEL = 'scenes';

const query = new URLSearchParams(location.search);
const asked = query.get('model') ?? DEFAULT_MODEL;
const modelId = isAddress(asked) ? DEFAULT_MODEL : asked;
const siteUrl = new URL('./', document.baseURI);

/** Reading the property throws where cookies are blocked. */
function tabStorage(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

function lookStorage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

function backendPreference(): BackendPreference {
  const backend = query.get('backend');
  return backend === 'webgpu' || backend === 'wasm' ? backend : 'auto';
}

const tab = tabStorage();
const look = createLookStore(lookStorage());
const serviceWorker = registerServiceWorker(siteUrl);
const settings = createSettingsStore(openKeyValueStore('settings'), tab);
const measurer = createIdleMeasurer(createEngineClient());
const app: AppContext = {
  store: createStore(initialState(modelId, settings.readTab(modelId) ?? EMPTY_DRAFT)),
  engine: measurer.engine,
  measurer,
  settings,
  policies: openKeyValueStore('policies').then(createPolicyStore),
  costs: openKeyValueStore('costs').then(createCostStore),
  gallery: openKeyValueStore('gallery').then(createGalleryStore),
  searches: openKeyValueStore('searches').then(createSearchStore),
  comparedRuns: openKeyValueStore('compared-runs').then(createComparedRunsStore),
  sources: new Map(),
  siteUrl,
};

bindTheme(look);
bindNotices(app, () => void reopen());
bindPrompt(app);
bindSettings(app);
bindBudget(app);
bindRun(app);
bindPicture(app);
bindNoise(app);
bindStage(app);
bindPreview(app, look);
bindComparison(app);
bindCompareButton(app);
bindTimeline(app);
bindTimelineTime(app);
bindEvidence(app);
bindPolicy(app);
bindPolicyLibrary(app);
bindPublished(app);
bindModel(app, () => open());
bindModelCard(app);
bindSize(app, () => open());
bindNegativePrompt(app);
bindQueue(app);
bindGrid(app);
bindShortcuts(app);
startQueue(app);
bindCurve(app);
bindSearch(app);
bindSearchLive(app);
bindSearchOutcome(app);
bindGallery(app);
bindGalleryDetails(app);
bindShare(app);
bindLoad(app, () => void open());
bindUpdate(app, serviceWorker);
bindInstall(byId('install', HTMLButtonElement));

const open = () => openModel(app, backendPreference());

/** In a worker of its own: whatever made the last one fail ends with it. */
const reopen = async () => {
  await app.engine.close();
  return open();
};

const ready = (async () => {
  // While the page is about to be loaded again nothing may start; this promise then dies with the page.
  if (!(await ensureIsolated(serviceWorker, tab))) await new Promise<never>(() => {});
  const policies = await app.policies;
  if (!policies.durable) warn(app, 'storage', { code: 'storage-unavailable', message: 'IndexedDB cannot be used.' });
  void startGallery(app);
  void keepComparisons(app);
  app.store.watch(({ manifest }) => [manifest?.binding ?? null], () => {
    const { manifest } = app.store.get();
    if (manifest !== null) void restoreSearch(app, manifest);
  });
  await restoreDraft(app);
  void restoreFromLink(app);
  return open();
})();

window.budcache = createConsoleApi({
  engine: app.engine,
  ready,
  opened: () => app.store.get().opened,
  policies: async () => (await (await app.policies).list(app.store.get().modelId)).policies,
});
