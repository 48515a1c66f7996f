/**
 * The service worker that isolates the page on hosts which cannot set headers. It touches documents and
 * workers only, since only their responses carry the policy; everything else goes past it. It caches nothing.
 */
export {};

// The library types `self` as a plain worker's.
const worker = self as unknown as ServiceWorkerGlobalScope;

const ISOLATED_DESTINATIONS: ReadonlySet<RequestDestination> = new Set(['document', 'worker', 'sharedworker', 'iframe']);

worker.addEventListener('install', () => {
  void worker.skipWaiting();
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(worker.clients.claim());
});

worker.addEventListener('fetch', (event) => {
  if (ISOLATED_DESTINATIONS.has(event.request.destination)) event.respondWith(isolated(event.request));
});

async function isolated(request: Request): Promise<Response> {
  const response = await fetch(request);
  // Opaque and error responses take no headers.
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
