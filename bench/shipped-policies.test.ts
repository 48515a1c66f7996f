/**
 * The policies in public/policies belong to the models in public/models and are worth what they say.
 * After a new export of a model, `npm run search -- --model <id>` makes them anew.
 */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { misfitReason, policyProblems } from '../src/core/caching/policy-checks.ts';
import type { PolicyFile } from '../src/core/policy.ts';
import { scheduledSigmas } from '../src/core/sampling/scheduled-sigmas.ts';
import { parsePolicyShape } from '../src/storage/policy-schema.ts';
import type { NodeBundle } from './node-runtime.ts';
import { openNodeBundle } from './node-runtime.ts';
import { latentMseObjective, preparePairs, readPairs } from './pair-runs.ts';

const policiesFolder = new URL('../public/policies/', import.meta.url);
const models = (await readdir(policiesFolder, { withFileTypes: true })).filter((entry) => entry.isDirectory() && entry.name !== 'published').map(({ name }) => name);

async function readShipped(model: string): Promise<PolicyFile[]> {
  const readJson = async (name: string): Promise<unknown> => JSON.parse(await readFile(new URL(`${model}/${name}`, policiesFolder), 'utf8'));
  const { files } = (await readJson('index.json')) as { files: string[] };
  expect(files.length).toBeGreaterThan(0);
  return Promise.all(
    files.map(async (name) => {
      const parsed = parsePolicyShape(await readJson(name));
      if (!parsed.ok) throw new Error(`${name}: ${parsed.error.message}`);
      return parsed.value;
    }),
  );
}

async function objectiveOf(bundle: NodeBundle, { evidence, sigmas, computedSteps }: PolicyFile): Promise<number> {
  const pairs = await readPairs(new URL('pairs/calibration.json', import.meta.url));
  return latentMseObjective(await preparePairs(bundle, pairs.slice(0, evidence?.calibrationPairs), sigmas))(computedSteps);
}

describe.each(models)('the policies of %s', (model) => {
  it('fit the model, its default steps and its noise levels, and reach the closeness they record', async () => {
    const bundle = await openNodeBundle(fileURLToPath(new URL(`../public/models/${model}`, import.meta.url)));
    const { id, binding, pipeline, defaults, latent, scheduler } = bundle.manifest;
    for (const policy of await readShipped(model)) {
      expect(policyProblems(policy)).toEqual([]);
      expect(misfitReason(policy, { id, binding, architecture: pipeline, stepCount: defaults.stepCount })).toBeNull();
      expect(policy.sigmas).toEqual(scheduledSigmas(defaults.stepCount, latent.tokens, scheduler.shift));
      const recorded = policy.evidence?.objectiveValue ?? Number.NaN;
      // Another processor may round differently in the last bits.
      expect(Math.abs((await objectiveOf(bundle, policy)) / recorded - 1)).toBeLessThan(0.01);
    }
    await bundle.close();
  }, 300_000);
});
