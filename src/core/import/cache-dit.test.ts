import { describe, expect, it } from 'vitest';
import type { PolicyFile } from '../policy.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { CACHE_DIT_PRESETS, importCacheDitMask } from './cache-dit.ts';
import type { ImportTarget } from './portable-policy.ts';
import type { Checked } from './refusal.ts';

const target: ImportTarget = { architecture: 'flux', stepCount: 28, sigmasFor: (stepCount) => fluxSigmas(stepCount, 64) };
const imported = (text: string): Checked<PolicyFile> => importCacheDitMask(text, 'my mask', target);

describe('importCacheDitMask', () => {
  it.each([
    ['slow', [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 14, 15, 16, 19, 20, 23, 27]],
    ['medium', [0, 1, 2, 3, 4, 5, 7, 8, 12, 13, 17, 18, 22, 23, 27]],
    ['fast', [0, 1, 2, 3, 4, 5, 7, 11, 16, 22, 27]],
    ['ultra', [0, 1, 2, 3, 6, 12, 19, 27]],
  ])('knows the preset %s at 28 steps', (preset, computedSteps) => {
    expect(CACHE_DIT_PRESETS).toContain(preset);
    expect(imported(` ${preset}\n`)).toMatchObject({
      ok: true,
      value: { name: `cache-dit ${preset}`, stepCount: 28, computedSteps, sigmas: fluxSigmas(28, 64), payload: 'reuse', evidence: null },
    });
  });

  it.each(['[1,1,0,1]', '{"steps_computation_mask": [1, 1, 0, 1], "steps_computation_policy": "static"}', '1101'])('reads %s', (text) => {
    expect(imported(text)).toMatchObject({
      ok: true,
      value: { name: 'my mask', model: { kind: 'portable', architecture: 'flux' }, stepCount: 4, computedSteps: [0, 1, 3] },
    });
  });

  it.each([
    ['an unknown preset', 'turbo', 'mask-invalid'],
    ['a number', '3', 'mask-invalid'],
    ['other values', '[1, 2]', 'mask-invalid'],
    ['booleans', '[true, false]', 'mask-invalid'],
    ['an object without a mask', '{"compute_bins": [4]}', 'mask-invalid'],
    ['a first step that reuses nothing', '[0, 1]', 'policy-invalid'],
    ['an empty mask', '[]', 'policy-invalid'],
    ['too many steps', '1'.repeat(1001), 'policy-invalid'],
    ['far too many steps', JSON.stringify(Array.from({ length: 5000 }, () => 1)), 'too-large'],
    ['a huge text', ' '.repeat(200_000), 'too-large'],
    ['deep nesting', '['.repeat(90_000), 'mask-invalid'],
  ])('refuses %s', (_, text, code) => {
    expect(imported(text)).toMatchObject({ ok: false, error: { code } });
  });
});
