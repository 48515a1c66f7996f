/** Downloads over a real HTTP server that misbehaves as servers do. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BundleFile } from '../../src/protocol/manifest.ts';
import { downloadText, downloadVerified } from './download.ts';
import { createMemoryStore } from './model-store-memory.ts';
import type { FileSink } from './model-store.ts';

const CONTENT = Uint8Array.from({ length: 4000 }, (_, index) => (index * 7919) % 251);
const ETAG = '"first"';
const signal = new AbortController().signal;
/** What was sent before must have been read. */
const BREAK_MS = 150;
/** Three attempts without progress, quickly. */
const PAUSES_MS = [1, 1, 1];

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const fileOf = (content: Uint8Array): BundleFile => ({
  file: 'file.bin',
  bytes: content.byteLength,
  sha256: createHash('sha256').update(content).digest('hex'),
});

const servers: Server[] = [];

/** Each request is answered by the next handler, the last one again and again; `asked` holds their Range headers. */
async function serve(...handlers: Handler[]): Promise<{ url: string; asked: (string | null)[] }> {
  const asked: (string | null)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.range ?? null);
    handlers[Math.min(asked.length, handlers.length) - 1]?.(request, response);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin`, asked };
}

afterEach(() => {
  vi.useRealTimers();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const startOf = (request: IncomingMessage): number => Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);

/** A good server: ranges, ETag, If-Range. */
const good =
  (content = CONTENT, etag = ETAG): Handler =>
  (request, response) => {
    const condition = request.headers['if-range'];
    const start = condition === undefined || condition === etag ? startOf(request) : 0;
    const range = { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` };
    response.writeHead(start > 0 ? 206 : 200, { etag, 'content-length': content.length - start, ...(start > 0 ? range : {}) });
    response.end(content.subarray(start));
  };

/** Sends so many bytes of what was asked for, then breaks the connection. */
const breaksAfter =
  (byteCount: number, content = CONTENT, etag: string | null = ETAG): Handler =>
  (request, response) => {
    const start = startOf(request);
    const range = { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` };
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': content.length - start,
      ...(etag === null ? {} : { etag }),
      ...(start > 0 ? range : {}),
    });
    response.write(content.subarray(start, start + byteCount), () => setTimeout(() => response.destroy(), BREAK_MS));
  };

/** Sends so many bytes, then nothing, and keeps the connection. */
const silentAfter =
  (byteCount: number): Handler =>
  (_, response) => {
    response.writeHead(200, { etag: ETAG, 'content-length': CONTENT.length });
    response.write(CONTENT.subarray(0, byteCount));
  };

const plain =
  (content: Uint8Array): Handler =>
  (_, response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.end(content);
  };

const status =
  (code: number): Handler =>
  (_, response) => {
    response.writeHead(code).end();
  };

/** A store with one file in it, and what a download made of both. */
function target(store = createMemoryStore()) {
  let announcedBytes = 0;
  let keptBytes = 0;
  let retries = 0;
  const download = async (url: string, file = fileOf(CONTENT), abort = signal, onPiece = () => {}): Promise<Uint8Array> => {
    const sink: FileSink = await store.openSink(file.sha256);
    return downloadVerified(
      url,
      file,
      sink,
      {
        isCached: true,
        onMoved: (bytes, isKept) => {
          announcedBytes += bytes;
          if (isKept) keptBytes += bytes;
          else onPiece();
        },
        onRetry: () => (retries += 1),
      },
      abort,
      PAUSES_MS,
    );
  };
  const counts = () => ({ announcedBytes, keptBytes, retries });
  return { store, download, counts };
}

describe('downloadVerified', { timeout: 60_000 }, () => {
  it('takes 30 seconds without a byte for a broken connection, and goes on from what came', async () => {
    const { url, asked } = await serve(silentAfter(1000), good());
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { download, counts } = target();
    let isSilent = false;
    const downloading = download(url, fileOf(CONTENT), signal, () => (isSilent = true));
    while (!isSilent) await nextTurn();
    await nextTurn();
    vi.advanceTimersByTime(29_999);
    await nextTurn();
    expect(counts().retries).toBe(0);
    vi.advanceTimersByTime(1);
    while (counts().retries === 0) await nextTurn();
    vi.advanceTimersByTime(1);
    expect(await downloading).toEqual(CONTENT);
    expect(asked).toEqual([null, 'bytes=1000-']);
  });

  it('gives the bytes and tells of all of them', async () => {
    const { url, asked } = await serve(good());
    const { download, counts } = target();
    expect(await download(url)).toEqual(CONTENT);
    expect(counts()).toEqual({ announcedBytes: 4000, keptBytes: 0, retries: 0 });
    expect(asked).toEqual([null]);
  });

  it('goes on from the last byte when the connection breaks', async () => {
    const { url, asked } = await serve(breaksAfter(1000), breaksAfter(1500), good());
    const { download, counts } = target();
    expect(await download(url)).toEqual(CONTENT);
    expect(asked).toEqual([null, 'bytes=1000-', 'bytes=2500-']);
    expect(counts()).toEqual({ announcedBytes: 4000, keptBytes: 0, retries: 2 });
  });

  it('goes on at the next visit, from what was kept when it was cancelled', async () => {
    const { store, download, counts } = target();
    const announced = () => counts().announcedBytes;
    const abort = new AbortController();
    const first = await serve(breaksAfter(1800));
    const cancelled = download(first.url, fileOf(CONTENT), abort.signal, () => {
      if (!abort.signal.aborted && announced() > 0) abort.abort(new Error('enough'));
    });
    await expect(cancelled).rejects.toThrow('enough');
    const second = await serve(good());
    const again = target(store);
    expect(await again.download(second.url)).toEqual(CONTENT);
    expect(second.asked).toEqual(['bytes=1800-']);
    expect(again.counts()).toMatchObject({ announcedBytes: 4000, keptBytes: 1800 });
  });

  it('takes the whole from a server that ignores ranges', async () => {
    const { url, asked } = await serve(breaksAfter(1000), plain(CONTENT));
    const { download, counts } = target();
    expect(await download(url)).toEqual(CONTENT);
    expect(asked).toEqual([null, 'bytes=1000-']);
    expect(counts().announcedBytes).toBe(4000);
  });

  it('starts anew when the file changed in between and the server says so', async () => {
    const other = CONTENT.map((byte) => byte ^ 1);
    const { url } = await serve(breaksAfter(1000, other, '"old"'), good());
    const { download } = target();
    expect(await download(url)).toEqual(CONTENT);
  });

  it('starts anew when the file changed and the server heeds no If-Range', async () => {
    const other = CONTENT.map((byte) => byte ^ 1);
    const careless: Handler = (request, response) => {
      delete request.headers['if-range'];
      good()(request, response);
    };
    const { url, asked } = await serve(breaksAfter(1000, other, '"old"'), careless);
    const { download } = target();
    expect(await download(url)).toEqual(CONTENT);
    expect(asked).toEqual([null, 'bytes=1000-', null]);
  });

  it('starts anew when the file changed and nothing tells but the hash', async () => {
    const other = CONTENT.map((byte) => byte ^ 1);
    const { url } = await serve(breaksAfter(1000, other, null), breaksAfter(4000, CONTENT, null), plain(CONTENT));
    const { download, counts } = target();
    expect(await download(url)).toEqual(CONTENT);
    expect(counts().announcedBytes).toBe(4000);
  });

  it('asks for the whole when the answer is another range than the one asked for', async () => {
    const wrongRange: Handler = (_, response) => {
      response.writeHead(206, { etag: ETAG, 'content-range': 'bytes 10-3999/4000' });
      response.end(CONTENT.subarray(10));
    };
    const { url, asked } = await serve(breaksAfter(1000), wrongRange, good());
    const { download } = target();
    expect(await download(url)).toEqual(CONTENT);
    expect(asked).toEqual([null, 'bytes=1000-', null]);
  });

  it('asks for the whole when the range is refused', async () => {
    const { url } = await serve(breaksAfter(1000), status(416), good());
    const { download } = target();
    expect(await download(url)).toEqual(CONTENT);
  });

  it('bears a server that is overloaded for a moment', async () => {
    const { url } = await serve(status(503), status(503), good());
    const { download, counts } = target();
    expect(await download(url)).toEqual(CONTENT);
    expect(counts().retries).toBe(2);
  });

  it.each([
    ['a changed byte', CONTENT.map((byte, index) => (index === 3 ? byte ^ 1 : byte))],
    ['a file that is cut and says so', CONTENT.slice(0, -1)],
    ['a longer file', new Uint8Array([...CONTENT, 0])],
  ])('refuses %s with integrity-mismatch', async (_name, corrupt) => {
    const { url } = await serve(plain(corrupt));
    await expect(target().download(url)).rejects.toMatchObject({ code: 'integrity-mismatch' });
  });

  it('refuses a file that never becomes whole: more promised than sent', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 4000 });
      response.write(CONTENT.subarray(0, 1000), () => setTimeout(() => response.destroy(), BREAK_MS));
    });
    const { download, store } = target();
    await expect(download(url)).rejects.toMatchObject({ code: 'download-failed' });
    expect(await store.size(fileOf(CONTENT).sha256)).toBe(1000);
  });

  it('mends a damaged file of an earlier visit', async () => {
    const { store, download } = target();
    const sink = await store.openSink(fileOf(CONTENT).sha256);
    await sink.restart(null);
    sink.append(CONTENT.map((byte) => byte ^ 1));
    await sink.close();
    const { url } = await serve(good());
    expect(await download(url)).toEqual(CONTENT);
  });

  it('fails at once with download-failed when there is no such file, and soon when there is no server', async () => {
    const { url, asked } = await serve(status(404));
    await expect(target().download(url)).rejects.toMatchObject({ code: 'download-failed' });
    expect(asked.length).toBe(1);
    const gone = servers.pop();
    gone?.closeAllConnections();
    await new Promise((resolve) => gone?.close(resolve));
    await expect(target().download(url)).rejects.toMatchObject({ code: 'download-failed' });
  });

  it('says out-of-memory for a file that no memory holds', async () => {
    const { url } = await serve(good());
    const file = { ...fileOf(CONTENT), bytes: 2 ** 52 };
    await expect(target().download(url, file)).rejects.toMatchObject({ code: 'out-of-memory' });
  });
});

describe('downloadText', () => {
  it('fails with download-failed on an HTTP error', async () => {
    const { url } = await serve(status(500));
    await expect(downloadText(url, signal)).rejects.toMatchObject({ code: 'download-failed' });
  });
});
