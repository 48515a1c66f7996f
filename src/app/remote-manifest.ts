/** The manifest of a model from elsewhere: addresses, and the one request that tells what the model is. Loaded when it is asked for. */
import type { ChosenFile } from '../protocol/engine.ts';
import { LOCAL_SCHEME } from '../protocol/engine.ts';
import type { Outcome } from '../protocol/errors.ts';
import type { Manifest } from '../protocol/manifest.ts';
import { parseManifest } from '../storage/manifest-schema.ts';
import type { ModelSource } from './model-source.ts';

const HUB = 'https://huggingface.co/';

/** A model that the person may open: nothing but its manifest was read. */
export interface Offer {
  readonly manifestUrl: string;
  readonly manifest: Manifest;
  readonly source: ModelSource;
}

export interface HubPlace {
  readonly repository: string;
  /** A commit, so that nobody can change what was looked at. */
  readonly revision: string;
  /** Inside the repository; empty for its root. */
  readonly folder: string;
}

const refused = (message: string) => ({ ok: false, error: { code: 'request-invalid', message } }) as const;

/** Fails with `request-invalid`. */
export function hubManifestUrl({ repository, revision, folder }: HubPlace): Outcome<string> {
  if (!/^[\w.-]{1,96}\/[\w.-]{1,96}$/.test(repository)) return refused('A repository is written as owner/name.');
  if (!/^[0-9a-f]{40}$/.test(revision)) return refused('A revision is a commit of 40 hex digits: a branch could change after it was looked at.');
  const inside = folder.split('/').filter((part) => part !== '');
  if (inside.some((part) => part === '.' || part === '..')) return refused('The folder lies inside the repository.');
  const path = [...inside, 'manifest.json'].map(encodeURIComponent).join('/');
  return { ok: true, value: `${HUB}${repository}/resolve/${revision}/${path}` };
}

/** Fails with `request-invalid`, `download-failed` or `model-invalid`. @param address of a manifest, or of its folder where it ends in a slash. */
export async function offerFrom(address: string, token: string): Promise<Outcome<Offer>> {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return refused('That is no address.');
  }
  if (!/^https?:$/.test(url.protocol)) return refused('An address begins with https://.');
  if (url.pathname.endsWith('/')) url = new URL('manifest.json', url);
  const source = token === '' ? {} : { token };
  try {
    const headers = token === '' ? undefined : { Authorization: `Bearer ${token}` };
    const response = await fetch(url, { credentials: 'omit', cache: 'no-cache', ...(headers === undefined ? {} : { headers }) });
    if (!response.ok) return { ok: false, error: { code: 'download-failed', message: `${url.href}: HTTP ${response.status} ${response.statusText}` } };
    return offerOf(url.href, await response.text(), source);
  } catch (error) {
    return { ok: false, error: { code: 'download-failed', message: `${url.href}: ${error instanceof Error ? error.message : String(error)}` } };
  }
}

/** From a chosen folder, or from files chosen by themselves. Fails with `model-invalid`. */
export async function offerFromFiles(chosen: readonly File[]): Promise<Outcome<Offer>> {
  const found = chosen.filter(({ name }) => name === 'manifest.json').toSorted((a, b) => pathOf(a).length - pathOf(b).length)[0];
  if (found === undefined) return { ok: false, error: { code: 'model-invalid', message: 'There is no manifest.json among the files.' } };
  const root = pathOf(found).slice(0, -found.name.length);
  const files: ChosenFile[] = chosen
    .filter((file) => pathOf(file).startsWith(root))
    .map((file) => ({ path: pathOf(file).slice(root.length), content: file, lastModified: file.lastModified }));
  let text: string;
  try {
    text = await found.text();
  } catch {
    return { ok: false, error: { code: 'model-invalid', message: 'manifest.json could not be read.' } };
  }
  const offer = offerOf(`${LOCAL_SCHEME}//models/files/manifest.json`, text, { files });
  if (!offer.ok) return offer;
  return { ok: true, value: { ...offer.value, manifestUrl: `${LOCAL_SCHEME}//models/${encodeURIComponent(offer.value.manifest.id)}/manifest.json` } };
}

const pathOf = (file: File): string => (file.webkitRelativePath === '' ? file.name : file.webkitRelativePath);

function offerOf(manifestUrl: string, text: string, source: ModelSource): Outcome<Offer> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return { ok: false, error: { code: 'model-invalid', message: `${manifestUrl} is not JSON.` } };
  }
  const parsed = parseManifest(content);
  return parsed.ok ? { ok: true, value: { manifestUrl, manifest: parsed.value, source } } : parsed;
}
