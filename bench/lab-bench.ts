/** What every experiment starts from: a bundle's pairs with their full runs, and masks to compare. */
import { readFile } from 'node:fs/promises';
import type { Mask } from '../src/core/search/mask.ts';
import { maskKey } from '../src/core/search/mask.ts';
import { gramOf } from '../src/core/search/gram.ts';
import { measureReuseErrors } from '../src/core/search/reuse-errors.ts';
import type { MaskLoss } from '../src/core/search/run-objectives.ts';
import { lossOfRuns } from '../src/core/search/run-objectives.ts';
import { parsePolicyShape } from '../src/storage/policy-schema.ts';
import type { PolicyFile } from '../src/core/policy.ts';
import type { Ledger } from './lab-ledger.ts';
import type { NodeBundle } from './node-runtime.ts';
import type { PairRuns } from './pair-runs.ts';

/** One pair's reuse errors, as vectors and as Gram matrix. */
export interface PairErrors {
  readonly errors: readonly Float32Array[];
  readonly gram: Float64Array;
}

export interface LabBench {
  readonly model: string;
  readonly bundle: NodeBundle;
  readonly stepCount: number;
  readonly sigmas: readonly number[];
  readonly imageTokens: number;
  /** Eight, or as many as asked for. */
  readonly calibration: readonly PairRuns[];
  readonly validation: readonly PairRuns[];
  readonly budgets: readonly number[];
  readonly seed: number;
  readonly seedCount: number;
  /** Random masks in the proxy's experiment. */
  readonly maskCount: number;
  /** Of the methods' experiment: so many of the test pairs, 0 for all; and these methods alone, none for all. */
  readonly testCount: number;
  readonly only: readonly string[];
  /** Of this model version and number of steps. */
  readonly ledger: Ledger;
  /** Names the version of the code whose results a ledger's entry is. */
  readonly codeVersion: string;
  /** Says on the terminal how far it is. */
  readonly say: (text: string) => void;
}

/** Losses under plain reuse, each paid for once, in whatever experiment it was. */
export const ledgerLosses = ({ ledger }: Pick<LabBench, 'ledger'>, pairs: readonly PairRuns[]): MaskLoss[] =>
  pairs.map((pair) => {
    const lossOf = lossOfRuns(pair);
    return (mask) => ledger.recall(`reuse {${maskKey(mask)}} ${pair.name}`, () => lossOf(mask));
  });

/** Reuse errors and their Gram matrices of the pairs, with the seconds they took. */
export async function measurePairErrors(pairs: readonly PairRuns[]): Promise<{ pairErrors: PairErrors[]; seconds: number }> {
  const startedMs = performance.now();
  const pairErrors: PairErrors[] = [];
  for (const { model, teacher } of pairs) {
    const errors = await measureReuseErrors(model, teacher);
    pairErrors.push({ errors, gram: gramOf(errors) });
  }
  return { pairErrors, seconds: secondsSince(startedMs) };
}

/** The mask of the shipped reuse policy of this budget and step count; null when none is shipped. */
export async function shippedMask({ model, stepCount }: LabBench, nfe: number): Promise<Mask | null> {
  const name = `nfe-${String(nfe).padStart(2, '0')}.json`;
  const file = new URL(`../public/policies/${model}/${name}`, import.meta.url);
  const text = await readFile(file, 'utf8').catch(() => null);
  const parsed = text === null ? null : parsePolicyShape(JSON.parse(text));
  return parsed?.ok === true && parsed.value.payload === 'reuse' && parsed.value.stepCount === stepCount ? parsed.value.computedSteps : null;
}

/** Every policy shipped for exactly this model, in the index's order. */
export async function shippedPolicies({ model, bundle }: Pick<LabBench, 'model' | 'bundle'>): Promise<PolicyFile[]> {
  const folder = new URL(`../public/policies/${model}/`, import.meta.url);
  const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(new URL(name, folder), 'utf8'));
  const policies: PolicyFile[] = [];
  for (const name of namesIn(await read('index.json').catch(() => null))) {
    const parsed = parsePolicyShape(await read(name));
    if (parsed.ok && parsed.value.model.kind === 'bound' && parsed.value.model.binding === bundle.manifest.binding) policies.push(parsed.value);
  }
  return policies;
}

/** The file names in a policy index; none where it is no index. */
export const namesIn = (index: unknown): readonly string[] =>
  typeof index === 'object' && index !== null && 'files' in index && Array.isArray(index.files) ? index.files.filter((name) => typeof name === 'string') : [];

export const secondsSince = (startedMs: number): number => Number(((performance.now() - startedMs) / 1000).toFixed(2));

/** 10/ln 10 of it, turned: what a difference of mean log losses is in dB. */
export const decibels = (logDifference: number): number => (-10 / Math.LN10) * logDifference;
