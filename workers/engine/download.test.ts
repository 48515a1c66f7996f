import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BundleFile } from '../../src/protocol/manifest.ts';
import { downloadJson, downloadVerified } from './download.ts';

const CONTENT = new TextEncoder().encode('a small model file');
const URL = 'https://example.test/models/m/file.bin';
const signal = new AbortController().signal;

const fileOf = (content: Uint8Array): BundleFile => ({
  file: 'file.bin',
  bytes: content.byteLength,
  sha256: createHash('sha256').update(content).digest('hex'),
});

/** A response that arrives in pieces of five bytes. */
function inPieces(content: Uint8Array): Response {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let start = 0; start < content.byteLength; start += 5) controller.enqueue(content.slice(start, start + 5));
      controller.close();
    },
  });
  return new Response(stream);
}

/** Answers fetches in turn; gives the cache modes they asked for. */
function serve(...responses: (() => Response)[]): (RequestCache | undefined)[] {
  const modes: (RequestCache | undefined)[] = [];
  vi.stubGlobal('fetch', (_url: string, init: RequestInit) => {
    modes.push(init.cache);
    const next = responses.shift();
    return next === undefined ? Promise.reject(new TypeError('offline')) : Promise.resolve(next());
  });
  return modes;
}

afterEach(() => vi.unstubAllGlobals());

describe('downloadVerified', () => {
  it('gives the bytes and tells of every piece', async () => {
    serve(() => inPieces(CONTENT));
    const pieces: number[] = [];
    const bytes = await downloadVerified(URL, fileOf(CONTENT), (size) => pieces.push(size), signal);
    expect(bytes).toEqual(CONTENT);
    expect(pieces).toEqual([5, 5, 5, 3]);
  });

  it('asks the server once when the cache holds another file, and takes its progress back', async () => {
    const stale = CONTENT.map((byte) => byte ^ 1);
    const modes = serve(
      () => inPieces(stale),
      () => inPieces(CONTENT),
    );
    let announced = 0;
    const bytes = await downloadVerified(URL, fileOf(CONTENT), (size) => (announced += size), signal);
    expect(bytes).toEqual(CONTENT);
    expect(announced).toBe(CONTENT.byteLength);
    expect(modes).toEqual(['default', 'reload']);
  });

  it.each([
    ['a changed byte', CONTENT.map((byte, index) => (index === 3 ? byte ^ 1 : byte))],
    ['a cut file', CONTENT.slice(0, -1)],
    ['a longer file', new Uint8Array([...CONTENT, 0])],
  ])('refuses %s with integrity-mismatch', async (_name, corrupt) => {
    serve(
      () => inPieces(corrupt),
      () => inPieces(corrupt),
    );
    await expect(downloadVerified(URL, fileOf(CONTENT), () => undefined, signal)).rejects.toMatchObject({
      code: 'integrity-mismatch',
    });
  });

  it('fails with download-failed on an HTTP error and without a network', async () => {
    serve(() => new Response('gone', { status: 404 }));
    const failed = { code: 'download-failed' };
    await expect(downloadVerified(URL, fileOf(CONTENT), () => undefined, signal)).rejects.toMatchObject(failed);
    await expect(downloadVerified(URL, fileOf(CONTENT), () => undefined, signal)).rejects.toMatchObject(failed);
  });

  it('stops when it is cancelled', async () => {
    serve(() => inPieces(CONTENT));
    const abort = new AbortController();
    const download = downloadVerified(URL, fileOf(CONTENT), () => abort.abort(new Error('enough')), abort.signal);
    await expect(download).rejects.toThrow('enough');
  });
});

describe('downloadJson', () => {
  it('refuses what is not JSON with model-invalid', async () => {
    serve(() => new Response('<!doctype html>'));
    await expect(downloadJson(URL, signal)).rejects.toMatchObject({ code: 'model-invalid' });
  });
});
