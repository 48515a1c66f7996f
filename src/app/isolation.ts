/**
 * WASM threads need a cross-origin isolated page, which takes two response headers. Where the host does not
 * send them, the service worker adds them and the page is loaded once more, before anything else happens.
 */

/** A first visit on a slow disk; after that the page works on one thread rather than making anyone wait. */
const REGISTRATION_LIMIT_MS = 4000;
const RELOADED_KEY = 'isolation-reload';

/**
 * Settles with true when the page may go on: isolated, or known not to become so. With false it is about to
 * be loaded again. What is typed meanwhile lies in sessionStorage (storage/settings-store.ts).
 * @param registered settles when the service worker is on its way; null when there is none.
 */
export async function ensureIsolated(registered: Promise<ServiceWorkerRegistration | null>, tab: Storage | null): Promise<boolean> {
  if (crossOriginIsolated) {
    tab?.removeItem(RELOADED_KEY);
    return true;
  }
  // Without sessionStorage nothing could stop a second reload; a page that came through the worker and is
  // still not isolated will not be after one more.
  const canReload = tab !== null && tab.getItem(RELOADED_KEY) === null;
  const controller = navigator.serviceWorker?.controller;
  if (!canReload || (controller !== null && controller !== undefined)) return true;
  if (!(await isActiveInTime(registered))) return true;
  tab.setItem(RELOADED_KEY, 'done');
  location.reload();
  return false;
}

/** True once the service worker can answer for the next load; false when it will not, or not in time. */
async function isActiveInTime(registered: Promise<ServiceWorkerRegistration | null>): Promise<boolean> {
  const active = registered.then(async (registration) => {
    if (registration === null) return false;
    await navigator.serviceWorker.ready;
    return true;
  });
  const tooLate = new Promise<false>((resolve) => {
    setTimeout(resolve, REGISTRATION_LIMIT_MS, false);
  });
  return Promise.race([active, tooLate]);
}
