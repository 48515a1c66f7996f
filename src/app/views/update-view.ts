/** A newer version of the page: offered, and taken only by a press of its button, never while something runs. */
import type { AppContext } from '../app-context.ts';
import { keepPageOffline, useUpdate, watchForUpdate } from '../update.ts';
import { byId } from './dom.ts';

export function bindUpdate({ store }: AppContext, registered: Promise<ServiceWorkerRegistration | null>): void {
  const bar = byId('update', HTMLElement);
  const button = byId('update-button', HTMLButtonElement);
  const text = byId('update-text', HTMLElement);
  void registered.then((registration) => {
    if (registration === null) return;
    watchForUpdate(registration, () => {
      bar.hidden = false;
    });
    button.addEventListener('click', () => {
      button.disabled = true;
      useUpdate(registration);
    });
    let isKept = false;
    store.watch(({ load, run }) => [load.phase, run !== null], (phase, isRunning) => {
      button.disabled = isRunning;
      text.textContent = isRunning
        ? 'A newer version of this page is ready; it can be used when this run has ended.'
        : 'A newer version of this page is ready. What you typed and stored stays.';
      // The model first: the page's own files are small, and asked for only once they compete with nothing.
      if (phase !== 'ready' || isKept) return;
      isKept = true;
      void keepPageOffline(registration);
    });
  });
}
