import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fluxSigmas } from '../src/core/sampling/sigmas.ts';
import type { LabBench } from './lab-bench.ts';
import { HEURISTIC_PROVENANCE, heuristicPolicies } from './lab-heuristics.ts';
import { openLedger } from './lab-ledger.ts';
import { entriesOf, runMethods } from './lab-methods.ts';
import type { MethodResults, PairResult } from './method-results.ts';
import { MOST_DB, quantile, rowOf } from './method-results.ts';
import type { NodeBundle } from './node-runtime.ts';
import { openNodeBundle } from './node-runtime.ts';
import { preparePairs, readPairs } from './pair-runs.ts';

const STEPS = 12;
const NFE = 5;
const pairsOf = (name: string) => readPairs(new URL(`pairs/${name}.json`, import.meta.url));

let folder: string;
let bundle: NodeBundle;
let bench: LabBench;
let results: MethodResults;
let byPair: ReadonlyMap<string, readonly PairResult[]>;
let samplers = 0;

async function run(): Promise<void> {
  const ledger = await openLedger(pathToFileURL(join(folder, 'ledger.jsonl')));
  const entries = (await entriesOf({ ...bench, ledger })).map((entry) => ({ ...entry, make: () => ((samplers += 1), entry.make()) }));
  results = await runMethods({ ...bench, ledger }, entries, (await pairsOf('test')).slice(0, 3), pathToFileURL(`${folder}/pictures/`), (_, seen) => {
    byPair = seen;
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'methods-'));
  bundle = await openNodeBundle(fileURLToPath(new URL('../public/models/micro', import.meta.url)));
  const { manifest } = bundle;
  const sigmas = fluxSigmas(STEPS, manifest.latent.tokens, manifest.scheduler.shift);
  const calibration = await preparePairs(bundle, (await pairsOf('calibration')).slice(0, 2), sigmas);
  bench = {
    model: 'micro',
    bundle,
    stepCount: STEPS,
    sigmas,
    imageTokens: manifest.latent.tokens,
    calibration,
    validation: [],
    budgets: [NFE],
    seed: 1,
    seedCount: 1,
    maskCount: 2,
    testCount: 3,
    only: [],
    codeVersion: 'test',
    say: () => undefined,
    ledger: { recall: (_, make) => make() },
  };
  await run();
}, 240_000);

afterAll(async () => {
  await bundle.close();
  await rm(folder, { recursive: true });
});

const row = (method: string) => {
  const found = results.rows.find((one) => one.method === method);
  if (found === undefined) throw new Error(`There is no row ${method}.`);
  return found;
};

describe('the methods’ experiment on the micro bundle', () => {
  it('has a row for every method', () => {
    expect(results.rows.map(({ method }) => method).toSorted()).toEqual(
      'adams-bashforth-2 budcache dicache dicache-frozen dpcache dpm-solver++-2m easycache easycache-frozen ertacache euler fitted-multistep magcache meancache taylorseer-1 taylorseer-2 teacache teacache-frozen uniform unipc'.split(' '),
    );
    expect(new Set(results.rows.map(({ family }) => family))).toEqual(new Set(['budcache-paper', 'heuristic-cache', 'fewer-steps']));
  });

  it('keeps static methods to the budget, and threshold methods near it', () => {
    const decidesLate = ({ method }: { method: string }): boolean => /^(dicache|easycache|teacache)/.test(method);
    const fixed = results.rows.filter((one) => !decidesLate(one));
    expect(fixed.map(({ nfeRealised }) => nfeRealised)).toEqual(fixed.map(() => ({ mean: NFE, min: NFE, max: NFE })));
    for (const { nfeRealised } of results.rows) expect(Math.abs(nfeRealised.mean - NFE)).toBeLessThanOrEqual(1.5);
    expect(results.rows.every(({ pairs }) => pairs === 3)).toBe(true);
  });

  it('measures every row: finite figures, an interval around the mean, nothing equal to the full run', () => {
    for (const one of results.rows) {
      expect(one.psnr).toBeGreaterThan(5);
      expect(one.psnr).toBeLessThan(MOST_DB);
      expect(one.psnrCi[0]).toBeLessThanOrEqual(one.psnr);
      expect(one.psnrCi[1]).toBeGreaterThanOrEqual(one.psnr);
      expect(one.psnrFine).toBeGreaterThan(5);
      expect(one.ssim).toBeLessThan(1);
      expect(one.flip).toBeGreaterThan(0);
      expect(one.secondsP95).toBeGreaterThanOrEqual(one.secondsP50);
      expect([one.compliance, one.frechet, one.frechetCi]).toEqual([null, null, null]);
    }
  });

  it('counts what a skipped step calls', () => {
    expect(row('uniform').cachedCalls).toBe(STEPS - NFE);
    expect([row('euler'), row('meancache'), row('easycache'), row('fitted-multistep')].map(({ cachedCalls }) => cachedCalls)).toEqual([0, 0, 0, 0]);
  });

  it('ranks fitted multistep steps above plain fewer steps', () => {
    expect(row('fitted-multistep').psnr).toBeGreaterThan(row('euler').psnr);
  });

  it('keeps each picture for the judge', async () => {
    const files = await readdir(join(folder, 'pictures', 'uniform-05'));
    expect(files).toEqual(['0000.rgb', '0001.rgb', '0002.rgb']);
    expect((await readFile(join(folder, 'pictures', 'uniform-05', '0000.rgb'))).length).toBe(128 * 128 * 3);
  });

  it('runs nothing twice when it is started again, and gives the same', async () => {
    const [before, made, pairResults] = [results, samplers, byPair.get('uniform-05')];
    await run();
    expect(samplers).toBe(made);
    expect(results.rows).toEqual(before.rows);
    expect(byPair.get('uniform-05')).toEqual(pairResults);
  }, 60_000);
});

describe('the heuristics as policy files', () => {
  it('hold those that a file can say whole, judged on the validation pairs, threshold methods with their rule', async () => {
    const policies = await heuristicPolicies({ ...bench, validation: bench.calibration }, NFE);
    const names = policies.map(({ name }) => name.split(',')[0] ?? '').toSorted((a, b) => a.localeCompare(b));
    expect(names).toEqual(['dicache', 'dpcache', 'easycache', 'magcache', 'meancache', 'teacache', 'uniform']);
    const rules = policies.flatMap(({ rule }) => rule ?? []);
    expect(rules.map(({ method, coefficients }) => [method, coefficients.length])).toEqual([
      ['easycache', 0],
      ['teacache', 5],
      ['dicache', 0],
    ]);
    expect(rules.every(({ threshold }) => threshold > 0)).toBe(true);
    for (const { evidence, model, provenance } of policies) {
      expect(evidence?.latentPsnrDb).toBeGreaterThan(5);
      expect(evidence?.validationPairs).toBe(2);
      expect(model).toMatchObject({ kind: 'bound', id: 'micro' });
      expect(provenance.startsWith(HEURISTIC_PROVENANCE)).toBe(true);
    }
  }, 120_000);
});

describe('rows', () => {
  const result: PairResult = { psnr: 30, psnrFine: 28, latentPsnr: 31, ssim: 0.9, flip: 0.1, computedSteps: [0, 2], cachedCalls: 3, seconds: 1 };

  it('hold the realised number of steps', () => {
    const made = rowOf({ method: 'm', family: 'heuristic-cache', selected: false, nfe: 2 }, [result, { ...result, psnr: 20, computedSteps: [0, 1, 2, 3], seconds: 3 }]);
    expect(made).toMatchObject({ nfe: 2, nfeRealised: { mean: 3, min: 2, max: 4 }, psnr: 25, secondsP50: 2, pairs: 2, selected: false });
  });

  it('take quantiles between the values', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3], 0.95)).toBeCloseTo(2.9, 10);
    expect(quantile([7], 0.95)).toBe(7);
  });
});
