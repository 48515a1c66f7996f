/** `npm run lab`: experiments about payloads, the proxy and the searches on a model bundle; figures as JSON. */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { fluxSigmas } from '../src/core/sampling/sigmas.ts';
import type { LabBench } from './lab-bench.ts';
import { secondsSince } from './lab-bench.ts';
import { heuristicFigures } from './lab-heuristics.ts';
import { jointFigures } from './lab-joint.ts';
import { openLedger } from './lab-ledger.ts';
import { methodFigures } from './lab-methods.ts';
import { pageFigures } from './lab-page.ts';
import { payloadFigures } from './lab-payloads.ts';
import { proxyFigures } from './lab-proxy.ts';
import { searchFigures } from './lab-search.ts';
import { startFigures } from './lab-starts.ts';
import { openNodeBundle } from './node-runtime.ts';
import { modelFolder, whole } from './options.ts';
import { preparePairs, readPairs } from './pair-runs.ts';

const EXPERIMENTS: Readonly<Record<string, (bench: LabBench) => Promise<object>>> = {
  heuristics: heuristicFigures,
  joint: jointFigures,
  methods: methodFigures,
  page: pageFigures,
  payloads: payloadFigures,
  proxy: proxyFigures,
  search: searchFigures,
  starts: startFigures,
};

const ALL_BUDGETS = '6,8,10,14';

const USAGE = `npm run lab -- heuristics|joint|methods|page|payloads|proxy|search|starts [--model scenes] [--steps 28] [--nfe 6,8,10,14] [--seed 1] [--seeds 5] [--masks 200] [--pairs 8] [--validation 16] [--test 0] [--only method,method]
Writes bench/results/<experiment>-<model>.json, of some budgets only with them in its name. What it has run is kept in bench/work/: stopped, the same command goes on.`;

async function main(args: readonly string[]): Promise<void> {
  const text = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      model: text('scenes'),
      steps: { type: 'string' },
      nfe: text(ALL_BUDGETS),
      seed: text('1'),
      seeds: text('5'),
      masks: text('200'),
      pairs: text('8'),
      validation: text('16'),
      test: text('0'),
      only: text(''),
    },
  });
  const experiment = positionals[0] ?? '';
  const figuresOf = EXPERIMENTS[experiment];
  if (figuresOf === undefined || positionals.length !== 1) throw new Error(`There is no experiment “${positionals.join(' ')}”.`);
  const model = modelFolder(values.model);
  const bundle = await openNodeBundle(fileURLToPath(new URL(`../public/models/${model}`, import.meta.url)));
  const { manifest } = bundle;
  const stepCount = values.steps === undefined ? manifest.defaults.stepCount : whole('steps', values.steps, 2);
  const sigmas = fluxSigmas(stepCount, manifest.latent.tokens, manifest.scheduler.shift);
  const prepare = async (name: string, count: number) =>
    preparePairs(bundle, (await readPairs(new URL(`pairs/${name}.json`, import.meta.url))).slice(0, count), sigmas);
  const version = (path: string): string => execFileSync('git', ['rev-parse', `HEAD${path}`], { encoding: 'utf8' }).trim();
  const ledger = await openLedger(new URL(`work/${model}-${manifest.binding.slice(0, 12)}-${stepCount}.jsonl`, import.meta.url));
  const startedMs = performance.now();
  const seed = whole('seed', values.seed, 0);
  const figures = await figuresOf({
    model,
    bundle,
    stepCount,
    sigmas,
    imageTokens: manifest.latent.tokens,
    ledger,
    codeVersion: version(':src/core/search'),
    say: (text) => console.error(`${secondsSince(startedMs).toFixed(0)} s  ${text}`),
    calibration: await prepare('calibration', whole('pairs', values.pairs, 2)),
    validation: await prepare('validation', whole('validation', values.validation, 2)),
    budgets: values.nfe.split(',').map((budget) => whole('nfe', budget, 1)),
    seed,
    seedCount: whole('seeds', values.seeds, 1),
    maskCount: whole('masks', values.masks, 2),
    testCount: whole('test', values.test, 0),
    only: values.only.split(',').filter((name) => name !== ''),
  });
  await bundle.close();
  const result = { experiment, model, binding: manifest.binding, stepCount, guidance: manifest.guidance.default, commit: version(''), seed, seconds: secondsSince(startedMs), figures };
  const folder = new URL('results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const some = values.nfe === ALL_BUDGETS ? '' : `-nfe-${values.nfe.replaceAll(',', '-')}`;
  await writeFile(new URL(`${experiment}${some}-${model}.json`, folder), `${JSON.stringify(result, null, 1)}\n`);
  console.log(JSON.stringify(figures, (key, value: unknown) => (key === 'runs' ? undefined : value), 1));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(USAGE);
  process.exitCode = 1;
}
