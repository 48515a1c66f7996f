/**
 * Fetches a file of known size and hash. A break is mended by going on from the last byte; a server that does
 * not do that, or has another file by now, is asked for the whole.
 */
import { CodedError } from '../../src/protocol/errors.ts';
import type { BundleFile } from '../../src/protocol/manifest.ts';
import { fetchUntilStalled, piecesOf, requestFrom, TransferBroken } from './download-request.ts';
import type { Fetch } from './file-source.ts';
import type { OnMoved } from './file-transfer.ts';
import { FileTransfer } from './file-transfer.ts';
import type { FileSink } from './model-store.ts';

/** Between attempts that brought nothing new; after the last of them the download has failed. */
const RETRY_PAUSES_MS: readonly number[] = [300, 1000, 2500];

export interface DownloadOptions {
  /** Whether the browser's own cache may take part; files that are stored need no second copy there. */
  readonly isCached: boolean;
  /** Left out: over HTTP. */
  readonly ask?: Fetch;
  readonly onMoved: OnMoved;
  /** The connection broke, and another attempt follows. */
  readonly onRetry: () => void;
}

/**
 * The JSON text at `url`, asked for anew every time: it names the hashes of everything else.
 * @throws CodedError `download-failed`.
 */
export async function downloadText(url: string, signal: AbortSignal, ask?: Fetch): Promise<string> {
  try {
    const response = await fetchUntilStalled(url, { cache: 'no-cache' }, signal, ask);
    if (!response.ok) throw new CodedError('download-failed', `${url}: HTTP ${response.status} ${response.statusText}`);
    return await response.text();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CodedError) throw error;
    throw new CodedError('download-failed', error instanceof Error ? error.message : String(error));
  }
}

/**
 * The file's bytes, verified. The sink keeps what has arrived whatever happens, and is closed.
 * @throws CodedError `download-failed`, `integrity-mismatch` when size or hash differ, or `out-of-memory`.
 */
export async function downloadVerified(
  url: string,
  file: BundleFile,
  sink: FileSink,
  { isCached, ask, onMoved, onRetry }: DownloadOptions,
  signal: AbortSignal,
  retryPausesMs = RETRY_PAUSES_MS,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const transfer = new FileTransfer(file, sink, onMoved);
    let cache: RequestCache = isCached ? 'default' : 'no-store';
    let furthestBytes = transfer.receivedBytes;
    let futileCount = 0;
    for (;;) {
      const broken = transfer.isWhole ? null : await receive(url, file, transfer, cache, signal, ask);
      if (transfer.isWhole && transfer.digest() === file.sha256) return transfer.bytes;
      futileCount = transfer.receivedBytes > furthestBytes ? 0 : futileCount + 1;
      furthestBytes = Math.max(furthestBytes, transfer.receivedBytes);

      const isWrong = broken === null || (broken.endedEarly && futileCount > 0);
      if (isWrong) {
        if (cache === 'reload') throw mismatch(file, transfer);
        // A cache on the way may hold the file of an older bundle: ask past all of them, once.
        cache = 'reload';
        await transfer.restart(null);
        continue;
      }
      const pauseMs = retryPausesMs[futileCount];
      if (pauseMs === undefined) throw new CodedError('download-failed', broken.message);
      onRetry();
      await pause(pauseMs, signal);
    }
  } finally {
    await sink.close();
  }
}

/** One attempt. Null when the server gave all it has: the file is whole, or longer than it may be. */
async function receive(
  url: string,
  file: BundleFile,
  transfer: FileTransfer,
  cache: RequestCache,
  signal: AbortSignal,
  ask: Fetch | undefined,
): Promise<TransferBroken | null> {
  try {
    const { kind, response, validator } = await requestFrom(url, transfer.receivedBytes, file.bytes, transfer.validator, cache, signal, ask);
    if (kind !== 'rest') await transfer.restart(kind === 'whole' ? validator : null);
    if (kind === 'unusable') {
      await response.body?.cancel();
      return await receive(url, file, transfer, cache, signal, ask);
    }
    for await (const piece of piecesOf(response, signal)) if (!transfer.take(piece)) return null;
    return transfer.isWhole ? null : new TransferBroken(`${url}: ended after ${transfer.receivedBytes} of ${file.bytes} bytes`, true);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TransferBroken) return error;
    throw error;
  }
}

const mismatch = (file: BundleFile, transfer: FileTransfer): CodedError =>
  new CodedError(
    'integrity-mismatch',
    `${file.file}: expected ${file.bytes} bytes, sha256 ${file.sha256}; got ${transfer.receivedBytes} or more, sha256 ${transfer.digest()}`,
  );

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
  signal.throwIfAborted();
}
