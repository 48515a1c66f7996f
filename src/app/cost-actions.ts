/** This machine's times for the open model, and the backend that they belong to. */
import type { BackendReport } from '../protocol/engine.ts';
import type { Manifest } from '../protocol/manifest.ts';
import { costKey } from '../storage/cost-store.ts';
import type { AppContext } from './app-context.ts';
import { reportFailure, reportStorageError } from './app-context.ts';

/** Stored times, or on the first visit measured ones. */
export async function provideCosts(app: AppContext, manifest: Manifest, backend: BackendReport): Promise<void> {
  const costs = await app.costs;
  const isOpen = (): boolean => {
    const { opened } = app.store.get();
    return opened !== null && costKey(opened.manifest.binding, opened.backend) === costKey(manifest.binding, backend);
  };
  const stored = await costs.read(manifest.binding, backend).catch(() => null);
  if (!isOpen()) return;
  if (stored !== null) {
    app.store.set({ costs: stored });
    return;
  }
  const measured = await app.measurer.measure((isMeasuring) => app.store.set({ isMeasuring }));
  if (!measured.ok) {
    // Abandoned for another model or another backend.
    if (measured.error.code !== 'cancelled') reportFailure(app, 'measure', measured.error);
    return;
  }
  // A device that was lost meanwhile may have moved the measurement to another backend.
  if (!isOpen()) return;
  app.store.set({ costs: measured.value });
  await costs.write(manifest.binding, backend, measured.value).catch((error: unknown) => reportStorageError(app, error));
}

/** A model opened again, after a lost device or a dead worker, can be on another backend: told, and measured anew. */
export function followBackend(app: AppContext, backend: BackendReport): void {
  const { opened } = app.store.get();
  if (opened === null) return;
  const { binding } = opened.manifest;
  const isSame = costKey(binding, opened.backend) === costKey(binding, backend) && opened.backend.reason === backend.reason;
  if (isSame) return;
  const hasOtherTimes = costKey(binding, opened.backend) !== costKey(binding, backend);
  app.store.set({ opened: { ...opened, backend }, ...(hasOtherTimes && { costs: null }) });
  if (hasOtherTimes) void provideCosts(app, opened.manifest, backend);
}
