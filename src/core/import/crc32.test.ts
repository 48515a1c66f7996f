import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32.ts';
import { utf8Encode } from './utf8.ts';

describe('crc32', () => {
  it('gives the published check value', () => {
    expect(crc32(utf8Encode('123456789'))).toBe(0xcbf43926);
  });

  it('agrees with zlib', () => {
    for (const length of [0, 1, 255, 5000]) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 197 + 31) % 256);
      expect(crc32(bytes)).toBe(zlibCrc32(bytes));
    }
  });
});
