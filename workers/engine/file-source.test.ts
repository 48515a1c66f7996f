/** Files of this machine go the way of a download: ranges, hashes, and a folder that lacks one. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ChosenFile } from '../../src/protocol/engine.ts';
import { downloadText, downloadVerified } from './download.ts';
import { fetchFiles } from './file-source.ts';
import { createMemoryStore } from './model-store-memory.ts';

const FOLDER = 'local://models/my-model/';
const CONTENT = Uint8Array.from({ length: 4000 }, (_, index) => (index * 7919) % 251);
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
const signal = new AbortController().signal;
const told = { isCached: false, onMoved: () => undefined, onRetry: () => undefined };

const chosen = (path: string, content: Uint8Array<ArrayBuffer>, lastModified = 1_000): ChosenFile => ({ path, content: new Blob([content]), lastModified });
const fileOf = (file: string) => ({ file, bytes: CONTENT.byteLength, sha256: SHA256 });

describe('files of this machine', () => {
  it('arrive whole and verified, from folders within the folder too', async () => {
    const store = createMemoryStore();
    const ask = fetchFiles(FOLDER, [chosen('graphs/full part.onnx', CONTENT), chosen('manifest.json', new TextEncoder().encode('{"a":1}'))]);
    expect(await downloadText(`${FOLDER}manifest.json`, signal, ask)).toBe('{"a":1}');
    const url = new URL('graphs/full part.onnx', FOLDER).href;
    const bytes = await downloadVerified(url, fileOf('graphs/full part.onnx'), await store.openSink(SHA256), { ...told, ask }, signal);
    expect(bytes).toEqual(CONTENT);
    expect(await store.read(SHA256)).toEqual(CONTENT);
  });

  it('go on from what an earlier attempt stored', async () => {
    const store = createMemoryStore();
    const date = new Date(1_000).toUTCString();
    const sink = await store.openSink(SHA256);
    await sink.restart(date);
    sink.append(CONTENT.subarray(0, 1500));
    await sink.close();
    const asked: (string | null)[] = [];
    const files = fetchFiles(FOLDER, [chosen('a.bin', CONTENT)]);
    const ask: typeof files = (url, init) => {
      asked.push(new Headers(init.headers).get('Range'));
      return files(url, init);
    };
    const bytes = await downloadVerified(`${FOLDER}a.bin`, fileOf('a.bin'), await store.openSink(SHA256), { ...told, ask }, signal);
    expect(asked).toEqual(['bytes=1500-']);
    expect(bytes).toEqual(CONTENT);
  });

  it('are read anew when the file was changed in between', async () => {
    const store = createMemoryStore();
    const sink = await store.openSink(SHA256);
    await sink.restart(new Date(0).toUTCString());
    sink.append(new Uint8Array(1500));
    await sink.close();
    const ask = fetchFiles(FOLDER, [chosen('a.bin', CONTENT)]);
    const bytes = await downloadVerified(`${FOLDER}a.bin`, fileOf('a.bin'), await store.openSink(SHA256), { ...told, ask }, signal);
    expect(bytes).toEqual(CONTENT);
  });

  it.each([
    ['a corrupted byte', CONTENT.with(77, 1)],
    ['another length', CONTENT.subarray(1)],
  ])('are refused with %s', async (_, content) => {
    const store = createMemoryStore();
    const ask = fetchFiles(FOLDER, [chosen('a.bin', content.slice())]);
    const attempt = downloadVerified(`${FOLDER}a.bin`, fileOf('a.bin'), await store.openSink(SHA256), { ...told, ask }, signal, [1, 1, 1]);
    await expect(attempt).rejects.toMatchObject({ code: 'integrity-mismatch' });
  });

  it('that were not chosen are named', async () => {
    const attempt = downloadText(`${FOLDER}manifest.json`, signal, fetchFiles(FOLDER, []));
    await expect(attempt).rejects.toMatchObject({ code: 'download-failed', message: expect.stringContaining('manifest.json') });
  });
});
