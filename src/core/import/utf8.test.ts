import { describe, expect, it } from 'vitest';
import { checked } from './refusal.ts';
import { utf8Decode, utf8Encode } from './utf8.ts';

describe('UTF-8', () => {
  it.each(['', 'a fox, 100 % red', 'Füchse — 狐 🦊', '\u0000\n\u007f%25', 'a'.repeat(10_000)])('carries %j both ways as TextEncoder does', (text) => {
    expect(utf8Encode(text)).toEqual(new TextEncoder().encode(text));
    expect(utf8Decode(utf8Encode(text))).toBe(text);
  });

  it('refuses half a surrogate pair', () => {
    expect(checked(() => utf8Encode('fox \ud83e'))).toMatchObject({ error: { code: 'text-invalid' } });
  });

  it.each([
    ['a stray continuation', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a coded surrogate', [0xed, 0xa0, 0x80]],
    ['a cut character', [0xf0, 0x9f, 0xa6]],
    ['a byte that never occurs', [0x41, 0xff]],
  ])('refuses %s', (_, bytes) => {
    expect(checked(() => utf8Decode(Uint8Array.from(bytes)))).toMatchObject({ error: { code: 'text-invalid' } });
  });
});
