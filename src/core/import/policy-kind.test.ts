import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { policyFileKind } from './policy-kind.ts';
import { utf8Encode } from './utf8.ts';

const fixture = (name: string): Promise<Uint8Array> => readFile(new URL(`fixtures/${name}`, import.meta.url));

describe('policyFileKind', () => {
  it.each(['official-stage2-flux.pt', 'flux_28nfe10_h3f9a2c.pt', 'refused-code.pt', 'refused-legacy.pt'])('knows %s', async (name) => {
    expect(policyFileKind(await fixture(name))).toBe('torch');
  });

  it.each([
    ['110100', 'cache-dit'],
    [' fast\n', 'cache-dit'],
    ['[1, 0, 1]', 'cache-dit'],
    ['[2]', 'cache-dit'],
    ['{"steps_computation_policy": "static", "steps_computation_mask": [1, 0]}', 'cache-dit'],
    ['{"format": "budcache-policy/1", ', 'policy'],
    ['{}', 'policy'],
    ['', 'policy'],
    ['turbo', 'policy'],
  ])('of the text %j is %s', (text, kind) => {
    expect(policyFileKind(utf8Encode(text))).toBe(kind);
  });

  it('takes bytes that are no text for nothing known', () => {
    expect(policyFileKind(Uint8Array.from([0xff, 0xfe, 0x31]))).toBe('policy');
    expect(policyFileKind(new Uint8Array(200_000).fill(0x31))).toBe('policy');
  });
});
