/** What the actions work on; put together once, in main.ts. */
import type { EngineApi } from '../protocol/engine.ts';
import type { Failure } from '../protocol/errors.ts';
import type { ComparedRunsStore } from '../storage/compared-runs-store.ts';
import type { CostStore } from '../storage/cost-store.ts';
import type { GalleryStore } from '../storage/gallery-store.ts';
import type { PolicyStore } from '../storage/policy-store.ts';
import type { SearchStore } from '../storage/search-store.ts';
import type { SettingsStore } from '../storage/settings-store.ts';
import { toStorageFailure } from '../storage/storage-failure.ts';
import { ERROR_TEXT } from './error-text.ts';
import type { IdleMeasurer } from './idle-measurer.ts';
import type { ModelSource } from './model-source.ts';
import type { AppState, Notice } from './state.ts';
import type { Store } from './store.ts';

export interface AppContext {
  readonly store: Store<AppState>;
  readonly engine: EngineApi;
  readonly measurer: IdleMeasurer;
  readonly settings: SettingsStore;
  readonly policies: Promise<PolicyStore>;
  readonly costs: Promise<CostStore>;
  readonly gallery: Promise<GalleryStore>;
  readonly searches: Promise<SearchStore>;
  readonly comparedRuns: Promise<ComparedRunsStore>;
  /** By model id; of models from elsewhere. */
  readonly sources: Map<string, ModelSource>;
  /** The site's own folder, wherever it is served from. */
  readonly siteUrl: URL;
}

export function addNotice({ store }: AppContext, notice: Notice): void {
  const others = store.get().notices.filter(({ key }) => key !== notice.key);
  store.set({ notices: [...others, notice] });
}

export function dismissNotice({ store }: AppContext, key: string): void {
  store.set({ notices: store.get().notices.filter((notice) => notice.key !== key) });
}

/** Shows a failure as its code's sentence, the exact message behind it. */
export function reportFailure(app: AppContext, key: string, failure: Failure, canRetry = false): void {
  const { code, message } = failure;
  addNotice(app, { key, kind: 'error', text: ERROR_TEXT[code], code, detail: message, canRetry });
}

/** Something is missing and the page goes on without it. */
export function warn(app: AppContext, key: string, { code, message }: Failure): void {
  addNotice(app, { key, kind: 'warning', text: ERROR_TEXT[code], code, detail: message });
}

/** Storage fails rarely and late: a record that could not be written is worth a word, never a stop. */
export function reportStorageError(app: AppContext, error: unknown): void {
  reportFailure(app, 'storage', toStorageFailure(error));
}
