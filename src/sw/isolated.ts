/** The headers that a plain static host does not send: isolation, and for workers the page's own policy. */

const HEADERS: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** A worker is not bound by the policy in the page's markup; only its own response can carry one. */
const WORKER_POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' https://huggingface.co https://*.huggingface.co https://*.hf.co; worker-src 'self'; base-uri 'none'";

const WORKER_DESTINATIONS: ReadonlySet<RequestDestination> = new Set(['worker', 'sharedworker']);
const ISOLATED_DESTINATIONS: ReadonlySet<RequestDestination> = new Set(['document', 'iframe', ...WORKER_DESTINATIONS]);

/** Only documents and workers carry such headers. */
export const needsHeaders = (destination: RequestDestination): boolean => ISOLATED_DESTINATIONS.has(destination);

export function withHeaders(response: Response, destination: RequestDestination): Response {
  // Opaque and error responses take no headers.
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  if (WORKER_DESTINATIONS.has(destination)) headers.set('Content-Security-Policy', WORKER_POLICY);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
