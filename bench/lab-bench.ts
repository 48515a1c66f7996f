/** What every experiment starts from: a bundle's pairs with their full runs, and masks to compare. */
import { readFile } from 'node:fs/promises';
import type { Mask } from '../src/core/search/mask.ts';
import { maskKey } from '../src/core/search/mask.ts';
import { gramOf } from '../src/core/search/gram.ts';
import { measureReuseErrors } from '../src/core/search/reuse-errors.ts';
import type { MaskRuns } from '../src/core/search/run-objectives.ts';
import { parsePolicyShape } from '../src/storage/policy-schema.ts';
import type { PairRuns } from './pair-runs.ts';

/** One pair's reuse errors, as vectors and as Gram matrix. */
export interface PairErrors {
  readonly errors: readonly Float32Array[];
  readonly gram: Float64Array;
}

export interface LabBench {
  readonly model: string;
  readonly stepCount: number;
  readonly sigmas: readonly number[];
  /** Eight, or as many as asked for. */
  readonly calibration: readonly PairRuns[];
  readonly validation: readonly PairRuns[];
  readonly budgets: readonly number[];
  readonly seed: number;
  readonly seedCount: number;
  /** Random masks in the proxy's experiment. */
  readonly maskCount: number;
}

/** Remembers every mask's final latents, so that searches of many seeds run none twice. Evaluations are counted elsewhere. */
export function remembering({ finalLatents, reference }: MaskRunsParts): MaskRuns {
  const seen = new Map<string, Promise<Float32Array>>();
  return {
    reference,
    finalLatents: (mask) => {
      const key = maskKey(mask);
      const found = seen.get(key) ?? finalLatents(mask);
      seen.set(key, found);
      return found;
    },
  };
}

interface MaskRunsParts {
  readonly finalLatents: (mask: Mask) => Promise<Float32Array>;
  readonly reference: Float32Array;
}

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

export const secondsSince = (startedMs: number): number => Number(((performance.now() - startedMs) / 1000).toFixed(2));

/** 10/ln 10 of it, turned: what a difference of mean log losses is in dB. */
export const decibels = (logDifference: number): number => (-10 / Math.LN10) * logDifference;
