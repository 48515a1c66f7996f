/** The model's download: paused and resumed by the person, and where its files then are. */
import type { ModelStorage } from '../protocol/engine.ts';
import type { AppContext } from './app-context.ts';
import { addNotice, dismissNotice } from './app-context.ts';
import { formatMegabytes } from './format.ts';

const STORAGE_NOTICE = 'model-storage';

/** What has arrived is kept; opening the model again goes on from there. */
export async function pauseDownload({ store, engine }: AppContext): Promise<void> {
  const { load } = store.get();
  if (load.phase === 'loading') await engine.cancel(load.runId);
}

/** Told once the model is there: it works either way, but the next visit may have to wait again. */
export function settleStorage(app: AppContext, { problem, bytes }: ModelStorage): void {
  if (problem === null) {
    dismissNotice(app, STORAGE_NOTICE);
    return;
  }
  const why = problem.code === 'quota-exceeded' ? 'has no room for' : 'does not store';
  addNotice(app, {
    key: STORAGE_NOTICE,
    kind: 'warning',
    text: `The browser ${why} the model’s ${formatMegabytes(bytes)}. It works until this page is closed, and is downloaded again at the next visit.`,
    code: problem.code,
    detail: problem.message,
  });
}
