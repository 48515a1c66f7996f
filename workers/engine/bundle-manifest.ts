/**
 * A bundle's manifest: the site's own, asked for anew at every visit; without a network the one of the last
 * complete download. Stored manifests also tell which stored files are still of use.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { StoredModel } from '../../src/protocol/engine.ts';
import { CodedError } from '../../src/protocol/errors.ts';
import type { BundleFile, Manifest } from '../../src/protocol/manifest.ts';
import { filesOf } from '../../src/storage/manifest-needs.ts';
import { parseManifest } from '../../src/storage/manifest-schema.ts';
import { downloadText } from './download.ts';
import type { Fetch } from './file-source.ts';
import type { ModelStore } from './model-store.ts';
import { writeWhole } from './model-store.ts';

/** Of a model whose files are all stored. */
const PREFIX = 'manifest-';
/** Of one that is on its way: what has arrived of it is kept while other models come and go. */
const WANTED = 'wanted-';

/** What a stored record says: the manifest's text and where it came from. Older records are the text alone. */
interface StoredRecord extends FoundManifest {
  readonly url: string | null;
}

export interface FoundManifest {
  readonly manifest: Manifest;
  readonly text: string;
}

/** @throws CodedError `download-failed` or `model-invalid`. */
export async function findManifest(url: string, store: ModelStore, signal: AbortSignal, ask?: Fetch): Promise<FoundManifest> {
  let text: string;
  try {
    text = await downloadText(url, signal, ask);
  } catch (error) {
    const stored = await storedManifest(store, PREFIX + keyOf(url));
    if (stored === null || !(error instanceof CodedError)) throw error;
    return { manifest: stored.manifest, text: stored.text };
  }
  const parsed = parseManifest(parseJson(text, url));
  if (!parsed.ok) throw new CodedError(parsed.error.code, parsed.error.message);
  return { manifest: parsed.value, text };
}

/** Called when every file it names is stored: from now on the model opens without a network. */
export async function keepManifest(url: string, { text }: FoundManifest, store: ModelStore): Promise<void> {
  const stored = await storedManifest(store, PREFIX + keyOf(url));
  if (stored?.text !== text || stored.url === null) await writeRecord(store, PREFIX + keyOf(url), url, text);
  await store.remove(WANTED + keyOf(url));
}

/** Called before its files come, unless they are here already. */
export async function noteWanted(url: string, { text }: FoundManifest, store: ModelStore): Promise<void> {
  if ((await storedManifest(store, PREFIX + keyOf(url)))?.text === text) return;
  await writeRecord(store, WANTED + keyOf(url), url, text);
}

const writeRecord = (store: ModelStore, name: string, url: string, manifest: string): Promise<void> =>
  writeWhole(store, name, new TextEncoder().encode(JSON.stringify({ url, manifest })));

const isRecord = (name: string): boolean => name.startsWith(PREFIX) || name.startsWith(WANTED);

/** Removes what neither a stored manifest nor `current` names. */
export async function pruneStore(url: string, current: Manifest, isComplete: boolean, store: ModelStore): Promise<void> {
  // An older bundle of this address serves until the newer one is whole.
  await removeOthers(store, filesOf(current), isComplete ? PREFIX + keyOf(url) : null);
}

/** Every model of which anything is stored. */
export async function storedModels(store: ModelStore): Promise<readonly StoredModel[]> {
  const models = new Map<string, StoredModel>();
  for (const name of (await store.names()).filter(isRecord)) {
    const record = await storedManifest(store, name);
    if (record === null || record.url === null) continue;
    const files = filesOf(record.manifest);
    let storedBytes = 0;
    for (const file of files) storedBytes += Math.min(file.bytes, await store.size(file.sha256));
    const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
    models.set(record.url, { manifestUrl: record.url, name: record.manifest.name, storedBytes, totalBytes });
  }
  return [...models.values()].toSorted((a, b) => a.name.localeCompare(b.name));
}

/** Files that other models share with it stay. */
export async function forgetModel(url: string, store: ModelStore): Promise<void> {
  await store.remove(PREFIX + keyOf(url));
  await store.remove(WANTED + keyOf(url));
  await removeOthers(store, [], null);
}

async function removeOthers(store: ModelStore, kept: readonly BundleFile[], outdated: string | null): Promise<void> {
  const names = await store.names();
  const live = new Set(kept.map(({ sha256: hash }) => hash));
  for (const name of names.filter((candidate) => isRecord(candidate) && candidate !== outdated)) {
    const stored = await storedManifest(store, name);
    for (const { sha256: hash } of stored === null ? [] : filesOf(stored.manifest)) live.add(hash);
  }
  for (const name of names) if (!isRecord(name) && !live.has(name)) await store.remove(name);
}

const keyOf = (url: string): string => bytesToHex(sha256(new TextEncoder().encode(url)));

/** Null when there is none, or a damaged one. */
async function storedManifest(store: ModelStore, name: string): Promise<StoredRecord | null> {
  try {
    const bytes = await store.read(name);
    if (bytes === null) return null;
    const stored = new TextDecoder().decode(bytes);
    const content = JSON.parse(stored) as { readonly url?: unknown; readonly manifest?: unknown };
    const isOlder = typeof content.manifest !== 'string' || typeof content.url !== 'string';
    const text = isOlder ? stored : String(content.manifest);
    const parsed = parseManifest(JSON.parse(text));
    return parsed.ok ? { manifest: parsed.value, text, url: isOlder ? null : String(content.url) } : null;
  } catch {
    return null;
  }
}

function parseJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new CodedError('model-invalid', `${url} is not JSON`);
  }
}
