/** Found masks as `budcache-policy/1` files where the page looks for them. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { policyProblems } from '../src/core/caching/policy-checks.ts';
import { psnrEvidence } from '../src/core/policy-evidence.ts';
import type { PolicyFile } from '../src/core/policy.ts';
import type { Manifest } from '../src/protocol/manifest.ts';
import { parsePolicyShape } from '../src/storage/policy-schema.ts';
import type { SeedSearch } from './seed-searches.ts';
import { medianSearch } from './seed-searches.ts';

export interface Findings {
  readonly manifest: Manifest;
  readonly sigmas: readonly number[];
  readonly searches: readonly SeedSearch[];
  readonly calibrationPairs: number;
  readonly validationPairs: number;
  /** Of each validation pair, under the median search's mask. */
  readonly validationPsnrsDb: readonly number[];
}

export function policyFrom(findings: Findings): PolicyFile {
  const { manifest, sigmas, searches, calibrationPairs, validationPairs, validationPsnrsDb } = findings;
  const { seed, result, seconds } = medianSearch(searches);
  const stepCount = sigmas.length - 1;
  return {
    format: 'budcache-policy/1',
    name: `${result.mask.length} of ${stepCount} steps`,
    model: { kind: 'bound', id: manifest.id, binding: manifest.binding },
    stepCount,
    sigmas,
    computedSteps: result.mask,
    payload: 'reuse',
    evidence: {
      objective: 'latent-mse',
      objectiveValue: result.value,
      ...psnrEvidence(validationPsnrsDb),
      calibrationPairs,
      validationPairs,
      search: describeSearch(searches, seed),
      seed,
      evaluations: (result.evaluations + 1) * calibrationPairs,
      seconds: Number(seconds.toFixed(1)),
    },
    provenance: `BudCache stage 1 (arXiv 2606.13496), found by \`npm run search\` on ${manifest.name}, guidance ${manifest.guidance.default}.`,
  };
}

function describeSearch(searches: readonly SeedSearch[], kept: number): string {
  const recipe = 'The paper’s recipe for FLUX: 200 annealing steps, then at most 20 rounds of hill climbing.';
  if (searches.length === 1) return recipe;
  const all = searches.map(({ seed, result }) => `seed ${seed}: ${result.value.toPrecision(4)} {${result.mask.join(',')}}`);
  return `${recipe} Kept: seed ${kept}, the median of ${searches.length}. ${all.join('; ')}.`;
}

/** Writes nfe-XX.json and an index of all policies in the folder. Refuses a policy that the page would refuse. */
export async function writePolicy(folder: string, policy: PolicyFile): Promise<string> {
  const shape = parsePolicyShape(policy);
  const problems = shape.ok ? policyProblems(policy) : [shape.error.message];
  if (problems.length > 0) throw new Error(`The policy found is not valid: ${problems.join(' ')}`);
  await mkdir(folder, { recursive: true });
  const name = `nfe-${String(policy.computedSteps.length).padStart(2, '0')}.json`;
  await writeFile(join(folder, name), `${JSON.stringify(policy, null, 2)}\n`);
  const files = (await readdir(folder)).filter((file) => /^nfe-\d+\.json$/.test(file)).toSorted();
  await writeFile(join(folder, 'index.json'), `${JSON.stringify({ files }, null, 2)}\n`);
  return name;
}
