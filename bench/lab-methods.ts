/** Every method at every budget on the test pairs: bench/results/method-<model>.json, and pair by pair beside it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { FLUX_RECIPE, searchMask } from '../src/core/search/reference-recipe.ts';
import { nfeOf } from '../src/core/policy.ts';
import type { PolicyFile } from '../src/core/policy.ts';
import { fluxSigmas } from '../src/core/sampling/sigmas.ts';
import type { Mask } from '../src/core/search/mask.ts';
import type { LabBench } from './lab-bench.ts';
import { shippedPolicies } from './lab-bench.ts';
import { fewerStepEntries, heuristicEntries, sourceOf } from './method-catalogue.ts';
import type { CatalogueSource, Entry } from './method-catalogue.ts';
import { judgeRun, withPictures } from './method-pairs.ts';
import type { TestPair } from './method-pairs.ts';
import type { MethodResults, MethodRow, PairResult, RowName } from './method-results.ts';
import { rowKey, rowOf } from './method-results.ts';
import { policySampler } from './method-sampler.ts';
import { latentMseObjective, preparePairs, readPairs } from './pair-runs.ts';
import { HEURISTIC_PROVENANCE } from './lab-heuristics.ts';
import { medianSearch } from './seed-searches.ts';

/** Steps of the run that stands for the exact solution, as a multiple of the full run's. */
const FINE_FACTOR = 4;

/** Shipped policies that are the paper's recipe say so at the beginning of their provenance. */
const isPapers = ({ provenance }: PolicyFile): boolean => provenance.startsWith('BudCache stage 1');

/** As `npm run lab -- heuristics` writes them. */
const isHeuristic = ({ provenance }: PolicyFile): boolean => provenance.startsWith(HEURISTIC_PROVENANCE);

interface NamedEntry extends Entry {
  readonly nfe: number;
  readonly selected: boolean;
  /** What the ledger must know beside the method's name. */
  readonly version: string;
}

export async function methodFigures(bench: LabBench) {
  const { model, testCount, only } = bench;
  const listed = await readPairs(new URL('pairs/test.json', import.meta.url));
  const entries = (await entriesOf(bench)).filter(({ method }) => only.length === 0 || only.includes(method));
  const folder = new URL('results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const pictures = new URL(`work/pictures/${model}/`, import.meta.url);
  const save = async (results: MethodResults, byPair: ReadonlyMap<string, readonly PairResult[]>): Promise<void> => {
    await writeFile(new URL(`method-${model}.json`, folder), `${JSON.stringify(results, null, 1)}\n`);
    await writeFile(new URL(`method-${model}-pairs.json`, folder), `${JSON.stringify(Object.fromEntries(byPair))}\n`);
  };
  const results = await runMethods(bench, entries, testCount === 0 ? listed : listed.slice(0, testCount), pictures, save);
  return { rows: results.rows.length };
}

type OnRow = (results: MethodResults, byPair: ReadonlyMap<string, readonly PairResult[]>) => Promise<void> | void;

/** @param onRow told after each row of all rows so far, and pair by pair by `rowKey`. */
export async function runMethods(bench: LabBench, entries: readonly NamedEntry[], listed: Parameters<typeof preparePairs>[1], pictures: URL, onRow: OnRow): Promise<MethodResults> {
  const { bundle, ledger, sigmas, say, codeVersion, calibration, seed } = bench;
  const fine = fluxSigmas(FINE_FACTOR * bench.stepCount, bench.imageTokens, bundle.manifest.scheduler.shift);
  const pairs: TestPair[] = [];
  for (const pair of listed) {
    const [prepared] = await preparePairs(bundle, [pair], sigmas);
    if (prepared !== undefined) pairs.push(await withPictures(bundle, prepared, fine));
    say(`full runs: ${pairs.length} of ${listed.length} test pairs`);
  }
  const rows: MethodRow[] = [];
  const byPair = new Map<string, readonly PairResult[]>();
  const resultsOf = (): MethodResults => ({ ...headOf(bench, pairs.length), rows });
  for (const entry of entries) {
    const { method, family, selected, nfe, version } = entry;
    const name: RowName = { method, family, selected, nfe };
    const key = rowKey(name);
    let sampler: ReturnType<typeof entry.make> | null = null;
    const results: PairResult[] = [];
    for (const [index, pair] of pairs.entries()) {
      const paidFor = `methods ${codeVersion}, ${calibration.length} pairs, seed ${seed}, ${key} ${version} ${pair.name}`;
      results.push(
        await ledger.recall(paidFor, async () => {
          sampler ??= entry.make();
          return judgeRun(bundle, pair, await sampler, new URL(`${key}/`, pictures), `${String(index).padStart(4, '0')}.rgb`);
        }),
      );
    }
    byPair.set(key, results);
    const row = rowOf(name, results);
    rows.push(row);
    say(`${rows.length} of ${entries.length}: ${key}, ${row.psnr.toFixed(2)} dB, ${row.nfeRealised.mean.toFixed(2)} steps`);
    await onRow(resultsOf(), byPair);
  }
  return resultsOf();
}

function headOf({ model, stepCount, bundle, calibration, validation }: LabBench, testPairs: number): Omit<MethodResults, 'rows'> {
  const { binding, guidance } = bundle.manifest;
  return {
    machine: `${os.cpus()[0]?.model ?? 'unknown'}, ${os.cpus().length} cores, onnxruntime-node`,
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
    model: { id: model, binding, stepCount, guidance: guidance.default },
    sets: { calibration: calibration.length, validation: validation.length, test: testPairs },
  };
}

/** Of every budget asked for, and of what is shipped beside them. */
export async function entriesOf(bench: LabBench): Promise<NamedEntry[]> {
  const source = sourceOf(bench);
  const shipped = (await shippedPolicies(bench)).filter((policy) => policy.rule === undefined && !isHeuristic(policy) && !isPapers(policy));
  return bench.budgets.flatMap((nfe) => {
    const ours = shipped.filter((policy) => nfeOf(policy) === nfe).slice(0, 1);
    const all = [...heuristicEntries(source, nfe), ...fewerStepEntries(source, nfe), paperEntry(bench, source, nfe)];
    return [
      ...ours.map((policy): NamedEntry => ({ method: 'selected', family: 'ours', selected: true, nfe, version: digestOf(policy), make: async () => policySampler(policy) })),
      ...all.map((entry): NamedEntry => ({ ...entry, nfe, selected: false, version: '' })),
    ];
  });
}

const digestOf = (policy: PolicyFile): string => createHash('sha256').update(JSON.stringify(policy)).digest('hex').slice(0, 12);

/** As published: one pair; of several seeds the one of median objective. */
const paperEntry = ({ stepCount, seed, seedCount, say }: LabBench, { calibration, sigmas, recall }: CatalogueSource, nfe: number): Entry => ({
  method: 'budcache',
  family: 'budcache-paper',
  make: async () => {
    const searches = [];
    for (let tried = seed; tried < seed + seedCount; tried++) {
      const found = await recall(`paper’s recipe ${nfe}, seed ${tried}`, async () => {
        const { mask, value, evaluations } = await searchMask({ stepCount, nfe, objective: latentMseObjective(calibration.slice(0, 1)), seed: tried, settings: FLUX_RECIPE });
        return { mask: mask satisfies Mask, value, evaluations };
      });
      say(`the paper’s recipe at ${nfe}, seed ${tried}: {${found.mask.join(',')}} ${found.value.toExponential(2)}`);
      searches.push({ seed: tried, result: { ...found, climbed: found, converged: true }, seconds: 0 });
    }
    return policySampler({ stepCount, sigmas, computedSteps: medianSearch(searches).result.mask, payload: 'reuse' });
  },
});
