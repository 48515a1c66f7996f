/** One HTTP exchange of a download: what is asked for, and what the answer is good for. */
import { CodedError } from '../../src/protocol/errors.ts';
import type { Fetch } from './file-source.ts';
import { fetchOverHttp } from './file-source.ts';

/** No byte for this long is a broken connection. */
const STALL_MS = 30_000;

/** Answers that another attempt may change. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A break that trying again may mend. */
export class TransferBroken extends Error {
  /** The server ended its answer in good order before the file was whole. */
  readonly endedEarly: boolean;

  constructor(message: string, endedEarly = false) {
    super(message);
    this.name = 'TransferBroken';
    this.endedEarly = endedEarly;
  }
}

export interface Answer {
  /** `rest`: the bytes asked for. `whole`: the file from its first byte. `unusable`: ask for the whole. */
  readonly kind: 'rest' | 'whole' | 'unusable';
  readonly response: Response;
  readonly validator: string | null;
}

/**
 * Asks for a file from `startByte` on, provided that it is still the version `validator` names.
 * @throws TransferBroken when it may go better later, CodedError `download-failed` when not.
 */
export async function requestFrom(
  url: string,
  startByte: number,
  totalBytes: number,
  validator: string | null,
  cache: RequestCache,
  signal: AbortSignal,
  ask: Fetch = fetchOverHttp,
): Promise<Answer> {
  const headers: Record<string, string> = {};
  if (startByte > 0) headers['Range'] = `bytes=${startByte}-`;
  if (startByte > 0 && validator !== null) headers['If-Range'] = validator;
  const response = await fetchUntilStalled(url, { headers, cache: startByte > 0 ? 'no-store' : cache }, signal, ask);
  const found = validatorOf(response);
  if (startByte > 0 && response.status === 416) return { kind: 'unusable', response, validator: found };
  if (!response.ok) {
    const message = `${url}: HTTP ${response.status} ${response.statusText}`;
    throw PASSING_STATUSES.has(response.status) ? new TransferBroken(message) : new CodedError('download-failed', message);
  }
  if (response.status !== 206) return { kind: 'whole', response, validator: found };
  if (startByte === 0) throw new CodedError('download-failed', `${url}: the server sent a part that nobody asked for`);
  // Not every server heeds If-Range: the version is compared here as well.
  const isSameVersion = validator === null || found === null || validator === found;
  const isFitting = isSameVersion && isRange(response.headers.get('Content-Range'), startByte, totalBytes);
  return { kind: isFitting ? 'rest' : 'unusable', response, validator: found };
}

/** @throws TransferBroken when the connection breaks or falls silent. */
export async function* piecesOf(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await untilStalled(reader.read(), response.url);
      if (done) return;
      yield value;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw asBroken(response.url, error);
  } finally {
    // Stops the transfer when the consumer gave up early.
    reader.cancel().catch(() => undefined);
  }
}

/** @throws TransferBroken without an answer in time; the signal's reason when it aborts. */
export async function fetchUntilStalled(url: string, init: RequestInit, signal: AbortSignal, ask: Fetch = fetchOverHttp): Promise<Response> {
  try {
    return await untilStalled(ask(url, { ...init, signal }), url);
  } catch (error) {
    signal.throwIfAborted();
    throw asBroken(url, error);
  }
}

async function untilStalled<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TransferBroken(`${what}: nothing came for ${STALL_MS / 1000} seconds`)), STALL_MS);
  });
  try {
    return await Promise.race([work, stalled]);
  } finally {
    clearTimeout(timer);
  }
}

const asBroken = (url: string, error: unknown): Error =>
  error instanceof TransferBroken || error instanceof CodedError
    ? error
    : new TransferBroken(`${url}: ${error instanceof Error ? error.message : String(error)}`);

/** Only a strong ETag or a date may guard a range: a weak one promises no equal bytes. */
function validatorOf({ headers }: Response): string | null {
  const etag = headers.get('ETag');
  return etag !== null && !etag.startsWith('W/') ? etag : headers.get('Last-Modified');
}

function isRange(contentRange: string | null, startByte: number, totalBytes: number): boolean {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(contentRange ?? '');
  return match !== null && Number(match[1]) === startByte && (match[2] === '*' || Number(match[2]) === totalBytes);
}
