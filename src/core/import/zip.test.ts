import { describe, expect, it } from 'vitest';
import { checked } from './refusal.ts';
import type { ZipFaults } from './test-support/write-zip.ts';
import { writeZip } from './test-support/write-zip.ts';
import { utf8Encode } from './utf8.ts';
import { MAX_SOURCE_BYTES } from './policy-kind.ts';
import { openZip } from './zip.ts';

const content = utf8Encode('ten bytes!');
const read = (bytes: Uint8Array): unknown => checked(() => openZip(bytes).read('a/b'));

describe('openZip', () => {
  it('lists and reads stored entries', () => {
    const archive = openZip(writeZip({ 'a/b': content, 'a/empty': new Uint8Array(0) }));
    expect(archive.names).toEqual(['a/b', 'a/empty']);
    expect(archive.read('a/b')).toEqual(content);
    expect(archive.read('a/empty')).toEqual(new Uint8Array(0));
    expect(archive.read('a/c')).toBeNull();
  });

  it('reads a file that is part of a larger buffer, and one with a comment', () => {
    const zip = writeZip({ 'a/b': content });
    const padded = new Uint8Array(zip.length + 20);
    padded.set(zip, 7);
    expect(openZip(padded.subarray(7, 7 + zip.length)).read('a/b')).toEqual(content);
    const commented = Uint8Array.from([...zip, 0x68, 0x69]);
    commented[zip.length - 2] = 2;
    expect(openZip(commented).read('a/b')).toEqual(content);
  });

  it.each<[string, ZipFaults, string]>([
    ['a compressed entry', { method: 8 }, 'zip-unsupported'],
    ['an encrypted entry', { flags: 1 }, 'zip-unsupported'],
    ['a wrong checksum', { crc: 1 }, 'zip-invalid'],
    ['a size beyond the file', { byteCount: 5000 }, 'zip-invalid'],
    ['a size that runs into what follows', { byteCount: 200 }, 'zip-invalid'],
    ['more entries than are listed', { entryCount: 2 }, 'zip-invalid'],
    ['very many entries', { entryCount: 40_000 }, 'too-large'],
    ['zip64', { entryCount: 0xffff }, 'zip-unsupported'],
    ['an entry elsewhere', { headerOffset: 3 }, 'zip-invalid'],
    ['an entry outside the file', { headerOffset: 0xfffffff0 }, 'zip-invalid'],
  ])('refuses %s', (_, faults, code) => {
    expect(read(writeZip({ 'a/b': content }, faults))).toMatchObject({ ok: false, error: { code } });
  });

  it('refuses what is no zip file, cut short, or far too large', () => {
    const zip = writeZip({ 'a/b': content });
    expect(read(new Uint8Array(0))).toMatchObject({ error: { code: 'zip-invalid' } });
    expect(read(utf8Encode('no zip file, but long enough to be one'))).toMatchObject({ error: { code: 'zip-invalid' } });
    for (let length = 0; length < zip.length; length += 1) {
      expect(read(zip.subarray(0, length))).toMatchObject({ error: { code: 'zip-invalid' } });
    }
    expect(read(new Uint8Array(MAX_SOURCE_BYTES + 1))).toMatchObject({ error: { code: 'too-large' } });
  });

  it('refuses entries of one name', () => {
    const twice = writeZip({ 'a/b': content, 'a/c': content });
    for (let index = 0; index < twice.length; index += 1) if (twice[index] === 0x63) twice[index] = 0x62;
    expect(read(twice)).toMatchObject({ error: { code: 'zip-invalid', message: expect.stringContaining('twice') as string } });
  });
});
