import { describe, expect, test } from 'vitest';
import type { PolicyFile } from '../core/policy.ts';
import type { Manifest } from '../protocol/manifest.ts';
import { parsePolicyFile } from '../storage/policy-file.ts';
import { checkedPolicy, checkPairs } from './policy-check.ts';

const manifest = {
  id: 'tiny',
  name: 'Tiny',
  binding: 'ab'.repeat(32),
  guidance: { kind: 'embedded', default: 4, min: 1, max: 6 },
} as Manifest;

const portable: PolicyFile = {
  format: 'budcache-policy/1',
  name: 'cache-dit fast',
  model: { kind: 'portable', architecture: 'flux' },
  stepCount: 4,
  sigmas: [1, 0.8, 0.5, 0.2, 0],
  computedSteps: [0, 2],
  payload: 'reuse',
  evidence: null,
  provenance: 'Imported from cache-dit. Not verified.',
};

describe('a checked policy', () => {
  const full = Float32Array.of(0, 1, 2, 3);
  const pairs = [
    { full, budgeted: Float32Array.of(0, 1, 2, 3.3) },
    { full, budgeted: Float32Array.of(0.3, 1, 2, 3) },
    { full, budgeted: Float32Array.of(0.6, 1, 2, 3) },
  ];
  const checked = checkedPolicy(portable, manifest, pairs, 12.345);

  test('is bound to the model, as a file that the page accepts', () => {
    expect(parsePolicyFile(JSON.parse(JSON.stringify(checked)))).toEqual({ ok: true, value: checked });
    expect(checked).toMatchObject({ name: 'cache-dit fast (checked)', model: { kind: 'bound', id: 'tiny' }, computedSteps: [0, 2] });
  });

  test('carries what was measured', () => {
    // Peak 3; mean squared errors 0.0225, 0.0225 and 0.09.
    const [near, far] = [10 * Math.log10(9 / 0.0225), 10 * Math.log10(9 / 0.09)];
    expect(checked.evidence?.latentPsnrDb).toBeCloseTo((2 * near + far) / 3, 4);
    expect(checked.evidence?.objectiveValue).toBeCloseTo(0.045, 5);
    expect(checked.evidence).toMatchObject({ validationPairs: 3, calibrationPairs: 0, evaluations: 6, seconds: 12.3 });
    expect(checked.provenance).toMatch(/^Imported from cache-dit\. Checked against the full run of 4 steps on Tiny with 3/);
  });
});

test('the pairs are the model’s examples, each with a seed of its own', () => {
  const pairs = checkPairs({ groups: {}, examples: ['a', 'b', 'c', 'd', 'e'] }, 'mine');
  expect(pairs.map(({ prompt }) => prompt)).toEqual(['a', 'b', 'c', 'd']);
  expect(new Set(pairs.map(({ seed }) => seed)).size).toBe(4);
  expect(checkPairs({ groups: {}, examples: [] }, 'mine').map(({ prompt }) => prompt)).toEqual(['mine']);
});
