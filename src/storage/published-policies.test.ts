/** The published schedules that the site ships: every file sound, portable, unverified, and at FLUX's own noise levels. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { misfitReason, policyProblems } from '../core/caching/policy-checks.ts';
import { CACHE_DIT_PRESETS, importCacheDitMask } from '../core/import/cache-dit.ts';
import { nfeOf } from '../core/policy.ts';
import { fluxSigmas } from '../core/sampling/sigmas.ts';
import { PUBLISHED_MASKS } from '../core/search/published-masks.ts';
import { parsePolicyText } from './policy-file.ts';

const FOLDER = 'public/policies/published/flux';
/** Image tokens of 1024². */
const TOKENS = 4096;
const { files } = JSON.parse(readFileSync(`${FOLDER}/index.json`, 'utf8')) as { readonly files: readonly string[] };

const policies = files.map((file) => {
  const parsed = parsePolicyText(readFileSync(`${FOLDER}/${file}`, 'utf8'));
  if (!parsed.ok) throw new Error(`${file}: ${parsed.error.message}`);
  return { file, policy: parsed.value };
});

test('the index lists every file once', () => {
  expect(files.toSorted()).toEqual(readdirSync(FOLDER).filter((name) => name !== 'index.json').toSorted());
});

describe.each(policies)('$file', ({ file, policy }) => {
  test('is sound, fits FLUX at its own steps, and claims nothing', () => {
    expect(policyProblems(policy)).toEqual([]);
    expect(misfitReason(policy, { id: 'any', binding: '', architecture: 'flux', stepCount: policy.stepCount })).toBeNull();
    expect(policy.model.kind).toBe('portable');
    expect(policy.evidence).toBeNull();
    expect(policy.provenance).toMatch(/github\.com\/.*Not verified on this model\.$/);
    expect(policy.sigmas).toEqual(fluxSigmas(policy.stepCount, TOKENS));
    expect(file).toContain(`-${String(nfeOf(policy)).padStart(2, '0')}-of-${policy.stepCount}.json`);
  });
});

test('they agree with the masks that searches start from, and with the presets that can be imported', () => {
  const masks = policies.map(({ policy }) => policy.computedSteps.join());
  for (const { computedSteps } of PUBLISHED_MASKS) expect(masks).toContain(computedSteps.join());
  for (const preset of CACHE_DIT_PRESETS) {
    const target = { architecture: 'flux', stepCount: 28, sigmasFor: (stepCount: number) => fluxSigmas(stepCount, TOKENS) };
    const imported = importCacheDitMask(preset, preset, target);
    expect(masks).toContain(imported.ok ? imported.value.computedSteps.join() : '');
  }
});
