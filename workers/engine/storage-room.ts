/** Whether the browser will take a model's files, asked before they are fetched. */
import type { Failure } from '../../src/protocol/errors.ts';
import type { BundleFile } from '../../src/protocol/manifest.ts';
import type { ModelStore } from './model-store.ts';
import { isQuotaError } from './model-store.ts';

/** File systems and caches need a little more than the bytes themselves. */
const OVERHEAD = 1.02;

/**
 * Null when the store can take the files as far as the browser says: some promise more than they give, so that a
 * write may still fail (forgiving-sink.ts).
 * @param prune called when room is missing; what it frees counts.
 */
export async function storageProblem(store: ModelStore, files: readonly BundleFile[], prune: () => Promise<void>): Promise<Failure | null> {
  if (store.kind === 'memory') return { code: 'storage-unavailable', message: 'The browser lets this site store no files.' };
  const neededBytes = Math.ceil((await missingBytes(store, files)) * OVERHEAD);
  if (neededBytes <= (await roomBytes())) return null;
  await prune().catch(() => undefined);
  const room = await roomBytes();
  if (neededBytes <= room) return null;
  return { code: 'quota-exceeded', message: `The model needs ${neededBytes} bytes more, the browser offers ${Math.max(0, room)}.` };
}

async function missingBytes(store: ModelStore, files: readonly BundleFile[]): Promise<number> {
  let bytes = 0;
  for (const file of files) bytes += Math.max(0, file.bytes - (await store.size(file.sha256).catch(() => 0)));
  return bytes;
}

/** Infinite when the browser does not say. */
async function roomBytes(): Promise<number> {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    return quota === undefined ? Number.POSITIVE_INFINITY : quota - (usage ?? 0);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** What a store that failed meanwhile means to a person. */
export function failureOf(error: unknown): Failure {
  return { code: isQuotaError(error) ? 'quota-exceeded' : 'storage-unavailable', message: error instanceof Error ? error.message : String(error) };
}
