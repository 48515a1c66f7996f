/**
 * The site's service worker as the page sees it: it is asked to keep the page once the model is there, and a
 * newer version of the site is announced and taken when the person says so, never before.
 */

/** Browsers look for a newer version when the page is opened; one that stays open looks now and then. */
const LOOK_AGAIN_MS = 60 * 60 * 1000;

/** Null where there are no service workers, or none may be registered. */
export async function registerServiceWorker(siteUrl: URL): Promise<ServiceWorkerRegistration | null> {
  if (!import.meta.env.PROD || !isSecureContext || !('serviceWorker' in navigator)) return null;
  try {
    const registered = navigator.serviceWorker.register(new URL('service-worker.js', siteUrl), { scope: siteUrl.pathname });
    // A browser told to block them may answer with nothing.
    return ((await registered) as ServiceWorkerRegistration | undefined) ?? null;
  } catch {
    return null;
  }
}

/** Keeps the page's own files for a visit without a network. */
export async function keepPageOffline(registration: ServiceWorkerRegistration): Promise<void> {
  await navigator.serviceWorker.ready;
  registration.active?.postMessage('keep-shell');
}

/** @param onNewer called when a newer version is ready, or already serves another tab. */
export function watchForUpdate(registration: ServiceWorkerRegistration, onNewer: () => void): void {
  const container = navigator.serviceWorker;
  // On a first visit the worker takes the page over: that is no newer version.
  const wasControlled = container.controller !== null;
  const announce = (): void => {
    if (registration.waiting !== null && container.controller !== null) onNewer();
  };
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', announce));
  announce();
  container.addEventListener('controllerchange', () => {
    if (wasControlled) onNewer();
  });
  let lastLookMs = performance.now();
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible' || performance.now() - lastLookMs < LOOK_AGAIN_MS) return;
    lastLookMs = performance.now();
    // Without a network there is simply no news.
    registration.update().catch(() => undefined);
  });
}

/** Loads the page anew in its newer version. What is typed and stored stays. */
export function useUpdate(registration: ServiceWorkerRegistration): void {
  if (registration.waiting === null) {
    location.reload();
    return;
  }
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  registration.waiting.postMessage('activate');
}
