import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { misfitReason } from '../core/caching/policy-checks.ts';
import { parseManifest } from './manifest-schema.ts';
import { parsePolicyFile, parsePolicyText, policyText } from './policy-file.ts';
import { goodPolicy } from './test-support/good-files.ts';

describe('a policy on its way in', () => {
  test('is accepted, and comes back from its own text', () => {
    const policy = goodPolicy();
    expect(parsePolicyFile(policy)).toEqual({ ok: true, value: policy });
    expect(parsePolicyText(policyText(policy))).toEqual({ ok: true, value: policy });
  });

  test('may have no evidence and be portable', () => {
    const policy = { ...goodPolicy(), evidence: null, model: { kind: 'portable', architecture: 'flux' } };
    expect(parsePolicyFile(policy).ok).toBe(true);
  });

  const garbled: readonly (readonly [string, unknown, RegExp])[] = [
    ['nothing', null, /the file: /],
    ['an array', [], /the file: |format: /],
    ['another format', { ...goodPolicy(), format: 'budcache-policy/2' }, /^format: /],
    ['an unknown field', { ...goodPolicy(), extra: [1] }, /^extra: /],
    ['a missing field', { ...goodPolicy(), provenance: undefined }, /^provenance: /],
    ['a short binding', { ...goodPolicy(), model: { kind: 'bound', id: 'tiny', binding: 'ab' } }, /^model\.binding: /],
    ['no kind', { ...goodPolicy(), model: { id: 'tiny' } }, /^model\.kind: /],
    ['an infinite noise level', { ...goodPolicy(), sigmas: [Infinity, 0.8, 0.5, 0.2, 0] }, /^sigmas\.0: /],
    ['a text among the steps', { ...goodPolicy(), computedSteps: [0, '1'] }, /^computedSteps\.1: /],
    ['an unknown payload', { ...goodPolicy(), payload: 'magic' }, /^payload: /],
    ['endless steps', { ...goodPolicy(), stepCount: 1e9 }, /^stepCount: /],
    ['rising noise levels', { ...goodPolicy(), sigmas: [0.2, 0.5, 0.8, 1, 0] }, /fall from step to step/],
    ['a skipped first step', { ...goodPolicy(), computedSteps: [1, 2] }, /first computed step must be 0/],
    ['too few noise levels', { ...goodPolicy(), sigmas: [1, 0] }, /4 steps need 5 noise levels/],
  ];
  test.each(garbled)('is refused with %s', (_, value, message) => {
    const parsed = parsePolicyFile(value);
    const error: unknown = { code: 'policy-invalid', message: expect.stringMatching(message) };
    expect(parsed).toMatchObject({ ok: false, error });
  });

  test('is refused when it is no JSON', () => {
    expect(parsePolicyText('{"format":')).toMatchObject({ ok: false, error: { code: 'policy-invalid' } });
  });
});

describe('the shipped policies', () => {
  const root = 'public/policies';
  const models = readdirSync(root).filter((name) => existsSync(`${root}/${name}/index.json`));

  test('are there', () => {
    expect(models.length).toBeGreaterThan(0);
  });

  test.each(models)('of %s are all listed, valid and made for the shipped model', (modelId) => {
    const { files } = JSON.parse(readFileSync(`${root}/${modelId}/index.json`, 'utf8')) as { files: string[] };
    const present = readdirSync(`${root}/${modelId}`).filter((name) => name !== 'index.json');
    expect(files.toSorted()).toEqual(present.toSorted());
    const manifest = parseManifest(JSON.parse(readFileSync(`public/models/${modelId}/manifest.json`, 'utf8')));
    if (!manifest.ok) throw new Error(manifest.error.message);
    for (const file of files) {
      const policy = parsePolicyText(readFileSync(`${root}/${modelId}/${file}`, 'utf8'));
      if (!policy.ok) throw new Error(policy.error.message);
      const { id, binding, pipeline } = manifest.value;
      const { stepCount } = policy.value;
      expect(misfitReason(policy.value, { id, binding, architecture: pipeline, stepCount })).toBeNull();
    }
  });
});
