/** Fetches a file of known size and hash, telling of every piece as it comes. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { CodedError } from '../../src/protocol/errors.ts';
import type { BundleFile } from '../../src/protocol/manifest.ts';

async function respond(url: string, cache: RequestCache, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { cache, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new CodedError('download-failed', `${url}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!response.ok) throw new CodedError('download-failed', `${url}: HTTP ${response.status} ${response.statusText}`);
  return response;
}

async function* piecesOf(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new CodedError('download-failed', `${response.url}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    // Stops the transfer when the consumer gave up early.
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * The JSON at `url`, asked for anew every time: it names the hashes of everything else.
 * @throws CodedError `download-failed`, or `model-invalid` when it is not JSON.
 */
export async function downloadJson(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await respond(url, 'no-cache', signal);
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new CodedError('model-invalid', `${url} is not JSON`);
  }
}

/**
 * The file's bytes, hashed while they arrive.
 * @param onPiece bytes of each piece; a file that has to be fetched again takes back what it announced.
 * @throws CodedError `download-failed`, or `integrity-mismatch` when size or hash differ.
 */
export async function downloadVerified(
  url: string,
  file: BundleFile,
  onPiece: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await attempt(url, file, 'default', onPiece, signal);
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'integrity-mismatch') throw error;
    // The browser's cache may hold the file of an older bundle: ask the server once.
    return await attempt(url, file, 'reload', onPiece, signal);
  }
}

async function attempt(
  url: string,
  file: BundleFile,
  cache: RequestCache,
  onPiece: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await respond(url, cache, signal);
  const bytes = new Uint8Array(file.bytes);
  const hash = sha256.create();
  let receivedBytes = 0;
  const mismatch = (found: string): CodedError => {
    onPiece(-receivedBytes);
    return new CodedError('integrity-mismatch', `${file.file}: expected ${file.bytes} bytes, sha256 ${file.sha256}; got ${found}`);
  };
  for await (const piece of piecesOf(response, signal)) {
    if (receivedBytes + piece.byteLength > file.bytes) throw mismatch(`more than ${file.bytes} bytes`);
    bytes.set(piece, receivedBytes);
    hash.update(piece);
    receivedBytes += piece.byteLength;
    onPiece(piece.byteLength);
  }
  const digest = bytesToHex(hash.digest());
  if (receivedBytes !== file.bytes || digest !== file.sha256) throw mismatch(`${receivedBytes} bytes, sha256 ${digest}`);
  return bytes;
}
