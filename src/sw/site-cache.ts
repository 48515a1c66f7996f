/**
 * The page's own files, kept so that it opens without a network. One cache a version: a tab keeps getting the
 * files of the version it was opened with.
 */
import { SITE_FILES } from './site-files.ts';

const SHELL_PREFIX = 'budcache-shell-';
const SHELL_CACHE = SHELL_PREFIX + SITE_FILES.version;
/** Filled by the engine with the one runtime that this browser uses (workers/engine/keep-runtime.ts). */
const RUNTIME_CACHE = 'budcache-runtime';

/** The page itself, under the address that every host knows. */
const DOCUMENT = './';

const IGNORE_VARY: CacheQueryOptions = { ignoreVary: true };

/** Null when it has to come from the site. */
export async function keptFile(url: URL, scope: string): Promise<Response | null> {
  const isPage = url.href.startsWith(scope) && ['', 'index.html'].includes(url.pathname.slice(new URL(scope).pathname.length));
  const address = isPage ? new URL(DOCUMENT, scope).href : url.href;
  const own = await caches.open(SHELL_CACHE);
  return (await own.match(address, IGNORE_VARY)) ?? (isPage ? null : ((await caches.match(address, IGNORE_VARY)) ?? null));
}

/** @throws TypeError when a file does not arrive; the page is then not kept either, and comes from the site. */
export async function keepShell(scope: string): Promise<void> {
  const cache = await caches.open(SHELL_CACHE);
  const keep = async (path: string): Promise<void> => {
    const url = new URL(path, scope).href;
    if ((await cache.match(url, IGNORE_VARY)) !== undefined) return;
    const response = await fetch(url, { cache: 'no-cache' });
    if (!response.ok) throw new TypeError(`${url}: HTTP ${response.status}`);
    await cache.put(url, response);
  };
  await Promise.all(SITE_FILES.shell.map(keep));
  // Last: the page is served from here only when everything it needs is here.
  await keep(DOCUMENT);
}

/** Keeps this version and the one before it, which other tabs may still show. */
export async function dropOldFiles(scope: string): Promise<void> {
  const shells = (await caches.keys()).filter((name) => name.startsWith(SHELL_PREFIX) && name !== SHELL_CACHE);
  for (const name of shells.slice(0, -1)) await caches.delete(name);
  const runtime = await caches.open(RUNTIME_CACHE);
  const current = new Set(SITE_FILES.runtime.map((path) => new URL(path, scope).href));
  for (const { url } of await runtime.keys()) if (!current.has(url)) await runtime.delete(url);
}
