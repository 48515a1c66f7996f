/** `npm run search`: cache policies for an exported model, by the paper's recipe, without a browser. */
import { fileURLToPath } from 'node:url';
import { fluxSigmas } from '../src/core/sampling/sigmas.ts';
import { decisionLetters, decisionsOf } from '../src/core/caching/decisions.ts';
import { openNodeBundle } from './node-runtime.ts';
import type { SearchOptions } from './options.ts';
import { parseOptions, USAGE } from './options.ts';
import { latentMseObjective, latentPsnrsDb, preparePairs, readPairs } from './pair-runs.ts';
import { policyFrom, writePolicy } from './policy-output.ts';
import type { SeedSearch } from './seed-searches.ts';
import { medianSearch, searchSeeds } from './seed-searches.ts';

const publicFolder = (path: string): string => fileURLToPath(new URL(`../public/${path}`, import.meta.url));
const pairsFile = (name: string): URL => new URL(`pairs/${name}.json`, import.meta.url);

async function main(options: SearchOptions): Promise<void> {
  const calibration = (await readPairs(pairsFile('calibration'))).slice(0, options.pairs);
  const validation = await readPairs(pairsFile('validation'));
  const bundle = await openNodeBundle(publicFolder(`models/${options.model}`), options.threads);
  const { manifest } = bundle;
  const stepCount = options.stepCount ?? manifest.defaults.stepCount;
  const sigmas = fluxSigmas(stepCount, manifest.latent.tokens, manifest.scheduler.shift);
  const seeds = Array.from({ length: options.seedCount }, (_, index) => options.seed + index);
  console.log(`${manifest.name}: ${stepCount} steps, ${calibration.length} calibration and ${validation.length} validation pairs`);
  const validationRuns = await preparePairs(bundle, validation, sigmas);

  for (const nfe of options.budgets) {
    const makeObjective = async () => latentMseObjective(await preparePairs(bundle, calibration, sigmas));
    const searches = await searchSeeds(makeObjective, { stepCount, nfe }, seeds, printSearch);
    const validationPsnrsDb = await latentPsnrsDb(validationRuns, medianSearch(searches).result.mask);
    const pairCounts = { calibrationPairs: calibration.length, validationPairs: validation.length };
    const policy = policyFrom({ manifest, sigmas, searches, validationPsnrsDb, ...pairCounts });
    const name = await writePolicy(publicFolder(`policies/${options.model}`), policy);
    console.log(`${name}  ${decisionLetters(decisionsOf(policy))}  ${policy.evidence?.latentPsnrDb?.toFixed(2)} dB on the validation pairs`);
  }
  await bundle.close();
}

function printSearch({ seed, result, seconds }: SeedSearch): void {
  const figures = `objective ${result.value.toExponential(3)}, ${result.evaluations} masks, ${seconds.toFixed(0)} s`;
  console.log(`  seed ${seed}: {${result.mask.join(',')}} ${figures}`);
}

try {
  await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(USAGE);
  process.exitCode = 1;
}
