import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { misfitReason } from '../src/core/caching/policy-checks.ts';
import { fluxSigmas } from '../src/core/sampling/sigmas.ts';
import type { SearchResult } from '../src/core/search/reference-recipe.ts';
import { parseManifest } from '../src/storage/manifest-schema.ts';
import { parsePolicyShape } from '../src/storage/policy-schema.ts';
import { policyFrom, writePolicy } from './policy-output.ts';
import type { SeedSearch } from './seed-searches.ts';
import { medianSearch } from './seed-searches.ts';

const found = (seed: number, value: number, mask = [0, 2]): SeedSearch => {
  const result: SearchResult = { mask, value, evaluations: 10 * seed, climbed: { mask, value }, converged: true };
  return { seed, result, seconds: 1.25 };
};

async function microManifest() {
  const text = await readFile(fileURLToPath(new URL('../public/models/micro/manifest.json', import.meta.url)), 'utf8');
  const parsed = parseManifest(JSON.parse(text));
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

describe('medianSearch', () => {
  it.each([
    [[0.3, 0.1, 0.2], 0.2],
    [[0.3, 0.1, 0.2, 0.4], 0.2],
    [[0.5], 0.5],
  ])('of %j is %d', (values, median) => {
    expect(medianSearch(values.map((value, index) => found(index, value))).result.value).toBe(median);
  });

  it('refuses none', () => {
    expect(() => medianSearch([])).toThrow(RangeError);
  });
});

describe('policy files', () => {
  it('are what the page accepts, fit their model, and are listed', async () => {
    const manifest = await microManifest();
    const folder = await mkdtemp(join(tmpdir(), 'budcache-'));
    const shared = { manifest, sigmas: fluxSigmas(4, 64), calibrationPairs: 2, validationPairs: 16, validationPsnrsDb: [28, 30, 32] };
    const policy = policyFrom({ ...shared, searches: [found(1, 0.3), found(2, 0.1, [0, 1]), found(3, 0.2, [0, 3])] });
    expect(policy.computedSteps).toEqual([0, 3]);
    expect(policy.evidence).toMatchObject({ objectiveValue: 0.2, seed: 3, evaluations: 31 * 2, calibrationPairs: 2, validationPairs: 16, latentPsnrDb: 30 });
    expect(policy.evidence?.search).toContain('seed 2: 0.1000 {0,1}');
    expect(misfitReason(policy, { id: 'micro', binding: manifest.binding, architecture: 'flux', stepCount: 4 })).toBeNull();

    expect(await writePolicy(folder, policy)).toBe('nfe-02.json');
    expect(await writePolicy(folder, policyFrom({ ...shared, searches: [found(1, 0.3, [0, 1, 3])] }))).toBe('nfe-03.json');
    expect((await readdir(folder)).toSorted()).toEqual(['index.json', 'nfe-02.json', 'nfe-03.json']);
    expect(JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'))).toEqual({ files: ['nfe-02.json', 'nfe-03.json'] });
    expect(parsePolicyShape(JSON.parse(await readFile(join(folder, 'nfe-02.json'), 'utf8')))).toEqual({ ok: true, value: policy });
    await rm(folder, { recursive: true });
  });

  it('are not written when the page would refuse them', async () => {
    const manifest = await microManifest();
    const policy = policyFrom({ manifest, sigmas: fluxSigmas(4, 64), calibrationPairs: 1, validationPairs: 1, validationPsnrsDb: [30], searches: [found(1, 0.1, [1, 2])] });
    await expect(writePolicy(join(tmpdir(), 'never-made'), policy)).rejects.toThrow('first computed step must be 0');
  });
});
