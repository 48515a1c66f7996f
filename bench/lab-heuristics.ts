/** The published caches as policy files of the page: public/policies/<model>/<method>-<nfe>.json, added to the index. */
import { readFile, writeFile } from 'node:fs/promises';
import { latentPsnrDb } from '../src/core/metrics/psnr.ts';
import { psnrEvidence } from '../src/core/policy-evidence.ts';
import type { PolicyFile } from '../src/core/policy.ts';
import { parsePolicyFile } from '../src/storage/policy-file.ts';
import type { LabBench } from './lab-bench.ts';
import { namesIn } from './lab-bench.ts';
import { heuristicEntries, sourceOf } from './method-catalogue.ts';
import { rowKey } from './method-results.ts';

/** How their files tell of themselves. */
export const HEURISTIC_PROVENANCE = 'Published heuristic';

export async function heuristicFigures(bench: LabBench) {
  const folder = new URL(`../public/policies/${bench.model}/`, import.meta.url);
  const written: { readonly file: string; readonly latentPsnrDb: number | null }[] = [];
  for (const nfe of bench.budgets) {
    for (const policy of await heuristicPolicies(bench, nfe)) {
      const file = `${rowKey({ method: policy.name.split(',')[0] ?? '', nfe })}.json`;
      await writeFile(new URL(file, folder), `${JSON.stringify(policy, null, 2)}\n`);
      written.push({ file, latentPsnrDb: policy.evidence?.latentPsnrDb ?? null });
      bench.say(file);
    }
  }
  const index: unknown = await readFile(new URL('index.json', folder), 'utf8').then(JSON.parse, () => null);
  const files = [...new Set([...namesIn(index), ...written.map(({ file }) => file)])];
  await writeFile(new URL('index.json', folder), `${JSON.stringify({ files }, null, 2)}\n`);
  return { written };
}

/** Those of the methods that a policy file can hold, with what they are worth on the validation pairs. */
export async function heuristicPolicies(bench: LabBench, nfe: number): Promise<PolicyFile[]> {
  const { bundle, calibration, validation, seed, only } = bench;
  const { id, binding, name } = bundle.manifest;
  const made: PolicyFile[] = [];
  for (const entry of heuristicEntries(sourceOf(bench), nfe)) {
    if (entry.policy === undefined || (only.length > 0 && !only.includes(entry.method))) continue;
    const startedMs = performance.now();
    const [policy, sampler] = [await entry.policy(), await entry.make()];
    const seconds = Number(((performance.now() - startedMs) / 1000).toFixed(1));
    const psnrs: number[] = [];
    for (const pair of validation) psnrs.push(latentPsnrDb(pair.reference, (await sampler(pair)).latents));
    const file: PolicyFile = {
      format: 'budcache-policy/1',
      name: `${entry.method}, ${nfe} of ${bench.stepCount} steps`,
      model: { kind: 'bound', id, binding },
      ...policy,
      evidence: {
        objective: 'none',
        objectiveValue: 0,
        ...psnrEvidence(psnrs),
        calibrationPairs: calibration.length,
        validationPairs: validation.length,
        search: 'Refitted on the calibration pairs by its paper’s own procedure.',
        seed,
        evaluations: calibration.length,
        seconds,
      },
      provenance: `${HEURISTIC_PROVENANCE}, refitted to ${name} by \`npm run lab -- heuristics\`.`,
    };
    const checked = parsePolicyFile(file);
    if (!checked.ok) throw new Error(`${file.name}: ${checked.error.message}`);
    made.push(file);
  }
  return made;
}
