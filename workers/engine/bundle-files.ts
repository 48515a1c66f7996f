/** Every file of a bundle, verified: from the store where it is there, else from the site and into the store. */
import type { DownloadProgress, ModelStorage } from '../../src/protocol/engine.ts';
import type { Failure } from '../../src/protocol/errors.ts';
import type { BundleFile } from '../../src/protocol/manifest.ts';
import type { DownloadOptions } from './download.ts';
import { downloadVerified } from './download.ts';
import { digestOf } from './digest.ts';
import type { Fetch } from './file-source.ts';
import { openForgivingSink } from './forgiving-sink.ts';
import type { ModelStore } from './model-store.ts';
import { memoryModelStore } from './model-store.ts';
import { ProgressTeller } from './progress-teller.ts';
import { MODEL_STORE_LOCK, withLock } from './shared-lock.ts';
import { failureOf, storageProblem } from './storage-room.ts';

export interface BundleFiles {
  /** By file name. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  readonly storage: ModelStorage;
}

export interface FilesRequest {
  readonly folderUrl: string;
  readonly files: readonly BundleFile[];
  readonly store: ModelStore;
  readonly ask: Fetch;
  /** Frees room in the store. */
  readonly prune: () => Promise<void>;
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly signal: AbortSignal;
}

/** @throws CodedError `download-failed`, `integrity-mismatch` or `out-of-memory`. */
export async function obtainFiles(request: FilesRequest): Promise<BundleFiles> {
  const { files, store, signal, onProgress } = request;
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const teller = new ProgressTeller(totalBytes, onProgress);
  const contents = new Map<string, Uint8Array>();
  await readStored(files, store, contents, teller, signal);
  if (contents.size === files.length) return { contents, storage: storageOf(store, totalBytes, null) };
  const storage = await withLock(MODEL_STORE_LOCK, signal, () => teller.say('waiting-for-tab'), async () => {
    // Another tab may have fetched them meanwhile.
    await readStored(files, store, contents, teller, signal);
    return fetchMissing(request, totalBytes, contents, teller);
  });
  return { contents, storage };
}

async function readStored(
  files: readonly BundleFile[],
  store: ModelStore,
  contents: Map<string, Uint8Array>,
  teller: ProgressTeller,
  signal: AbortSignal,
): Promise<void> {
  for (const file of files) {
    if (contents.has(file.file)) continue;
    const bytes = await storedFile(store, file);
    signal.throwIfAborted();
    if (bytes === null) continue;
    contents.set(file.file, bytes);
    teller.moved(file.bytes, true, file.file);
  }
}

/** Null when it is not there, not whole or damaged; a damaged one is removed. */
async function storedFile(store: ModelStore, file: BundleFile): Promise<Uint8Array | null> {
  try {
    if ((await store.size(file.sha256)) !== file.bytes) return null;
    const bytes = await store.read(file.sha256);
    if (bytes !== null && (await digestOf(bytes)) === file.sha256) return bytes;
    await store.remove(file.sha256);
    return null;
  } catch {
    // A store that fails is as good as an empty one.
    return null;
  }
}

async function fetchMissing(
  { folderUrl, files, store, ask, prune, signal }: FilesRequest,
  totalBytes: number,
  contents: Map<string, Uint8Array>,
  teller: ProgressTeller,
): Promise<ModelStorage> {
  const missing = files.filter(({ file }) => !contents.has(file));
  let problem = await storageProblem(store, missing, prune);
  const target = problem === null ? store : memoryModelStore();
  for (const file of missing) {
    const sink = await openForgivingSink(target, file.sha256, (error) => (problem ??= failureOf(error)));
    const options: DownloadOptions = {
      isCached: target.kind === 'memory',
      ask,
      onMoved: (bytes, isKept) => teller.moved(bytes, isKept, file.file),
      onRetry: () => teller.say('retrying'),
    };
    const url = new URL(file.file, folderUrl).href;
    contents.set(file.file, await downloadVerified(url, file, sink, options, signal));
    // Whole files live on in the sessions made of them.
    if (target.kind === 'memory') await target.remove(file.sha256);
  }
  return storageOf(target, totalBytes, problem);
}

const storageOf = (store: ModelStore, bytes: number, problem: Failure | null): ModelStorage => ({
  place: problem === null ? store.kind : 'memory',
  bytes,
  problem,
});
