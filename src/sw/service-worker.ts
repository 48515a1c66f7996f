/**
 * The site's service worker. It isolates the page on hosts that cannot set headers, and answers with the
 * page's own files without a network. Models are none of its business: the engine keeps them.
 */
import { needsHeaders, withHeaders } from './isolated.ts';
import { dropOldFiles, keepShell, keptFile } from './site-cache.ts';

// The library types `self` as a plain worker's.
const worker = self as unknown as ServiceWorkerGlobalScope;
const { scope } = worker.registration;

worker.addEventListener('install', (event) => {
  // On a first visit isolation comes first, and the page asks for the rest when it has time (`keep-shell`).
  // An update waits, with all its files, until the person wants it or every tab is closed.
  if (worker.registration.active !== null) event.waitUntil(keepShell(scope));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(dropOldFiles(scope).then(() => worker.clients.claim()));
});

worker.addEventListener('message', (event) => {
  if (event.data === 'activate') event.waitUntil(worker.skipWaiting());
  // What does not arrive now is asked for at the next visit.
  if (event.data === 'keep-shell') event.waitUntil(keepShell(scope).catch(() => undefined));
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== worker.location.origin) return;
  // Model files and policies go past, straight to the site: they are large, or must be fresh.
  const path = url.href.startsWith(scope) ? url.href.slice(scope.length) : '';
  if (!needsHeaders(request.destination) && /^(?:models|policies)\//.test(path)) return;
  event.respondWith(answer(request, url));
});

async function answer(request: Request, url: URL): Promise<Response> {
  const response = (await keptFile(url, scope).catch(() => null)) ?? (await fetch(request));
  return needsHeaders(request.destination) ? withHeaders(response, request.destination) : response;
}
