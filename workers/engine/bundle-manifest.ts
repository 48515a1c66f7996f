/**
 * A bundle's manifest: the site's own, asked for anew at every visit; without a network the one of the last
 * complete download. Stored manifests also tell which stored files are still of use.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { CodedError } from '../../src/protocol/errors.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { filesOf } from '../../src/storage/manifest-needs.ts';
import { parseManifest } from '../../src/storage/manifest-schema.ts';
import { downloadText } from './download.ts';
import type { ModelStore } from './model-store.ts';
import { writeWhole } from './model-store.ts';

const PREFIX = 'manifest-';

export interface FoundManifest {
  readonly manifest: Manifest;
  readonly text: string;
}

/** @throws CodedError `download-failed` or `model-invalid`. */
export async function findManifest(url: string, store: ModelStore, signal: AbortSignal): Promise<FoundManifest> {
  let text: string;
  try {
    text = await downloadText(url, signal);
  } catch (error) {
    const stored = await storedManifest(store, recordName(url));
    if (stored === null || !(error instanceof CodedError)) throw error;
    return stored;
  }
  const parsed = parseManifest(parseJson(text, url));
  if (!parsed.ok) throw new CodedError(parsed.error.code, parsed.error.message);
  return { manifest: parsed.value, text };
}

/** Called when every file it names is stored: from now on the model opens without a network. */
export async function keepManifest(url: string, { text }: FoundManifest, store: ModelStore): Promise<void> {
  if ((await storedManifest(store, recordName(url)))?.text === text) return;
  await writeWhole(store, recordName(url), new TextEncoder().encode(text));
}

/** Removes what neither a stored manifest nor `current` names. */
export async function pruneStore(url: string, current: Manifest, isComplete: boolean, store: ModelStore): Promise<void> {
  const names = await store.names();
  const live = new Set(filesOf(current).map(({ sha256: hash }) => hash));
  for (const name of names.filter((candidate) => candidate.startsWith(PREFIX))) {
    // An older bundle of this address serves until the newer one is whole.
    if (isComplete && name === recordName(url)) continue;
    const stored = await storedManifest(store, name);
    for (const { sha256: hash } of stored === null ? [] : filesOf(stored.manifest)) live.add(hash);
  }
  for (const name of names) if (!name.startsWith(PREFIX) && !live.has(name)) await store.remove(name);
}

const recordName = (url: string): string => PREFIX + bytesToHex(sha256(new TextEncoder().encode(url)));

/** Null when there is none, or a damaged one. */
async function storedManifest(store: ModelStore, name: string): Promise<FoundManifest | null> {
  try {
    const bytes = await store.read(name);
    if (bytes === null) return null;
    const text = new TextDecoder().decode(bytes);
    const parsed = parseManifest(JSON.parse(text));
    return parsed.ok ? { manifest: parsed.value, text } : null;
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
