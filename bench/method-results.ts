/** The file of the final tables, and how a row comes out of what each test pair gave. */
import type { Mask } from '../src/core/search/mask.ts';
import { bootstrapMean, meanOf } from './statistics.ts';

export type Family = 'ours' | 'budcache-paper' | 'heuristic-cache' | 'fewer-steps';

/** One test pair under one method. */
export interface PairResult {
  /** Picture PSNR against the full run, and against a run of many more steps; dB, at most `MOST_DB`. */
  readonly psnr: number;
  readonly psnrFine: number;
  readonly latentPsnr: number;
  readonly ssim: number;
  /** FLIP's mean over the picture. */
  readonly flip: number;
  readonly computedSteps: Mask;
  readonly cachedCalls: number;
  /** Of the sampling loop. */
  readonly seconds: number;
}

/** Pictures of 8 bits can be equal, and means must stay finite. */
export const MOST_DB = 99;

type Interval = readonly [number, number];

export interface MethodRow {
  readonly method: string;
  readonly family: Family;
  readonly selected: boolean;
  readonly nfe: number;
  readonly nfeRealised: { readonly mean: number; readonly min: number; readonly max: number };
  readonly cachedCalls: number;
  readonly pairs: number;
  readonly psnr: number;
  /** 95 % bootstrap interval of the mean, low and high. */
  readonly psnrCi: Interval;
  readonly psnrFine: number;
  readonly ssim: number;
  readonly flip: number;
  /** Share of prompts whose picture shows what was asked for; null until the judge has looked. */
  readonly compliance: number | null;
  readonly frechet: number | null;
  readonly frechetCi: Interval | null;
  readonly secondsP50: number;
  readonly secondsP95: number;
}

export interface MethodResults {
  readonly machine: string;
  readonly commit: string;
  readonly model: { readonly id: string; readonly binding: string; readonly stepCount: number; readonly guidance: number };
  /** How many pairs each set has; the sets themselves are bench/pairs. */
  readonly sets: { readonly calibration: number; readonly validation: number; readonly test: number };
  readonly rows: readonly MethodRow[];
}

export interface RowName {
  readonly method: string;
  readonly family: Family;
  readonly selected: boolean;
  readonly nfe: number;
}

export const rowKey = ({ method, nfe }: Pick<RowName, 'method' | 'nfe'>): string => `${method}-${String(nfe).padStart(2, '0')}`;

export function rowOf(name: RowName, results: readonly PairResult[]): MethodRow {
  const mean = (of: (result: PairResult) => number): number => meanOf(results.map(of));
  const realised = results.map(({ computedSteps }) => computedSteps.length);
  const psnr = bootstrapMean(results.map((result) => result.psnr));
  const seconds = results.map((result) => result.seconds);
  return {
    ...name,
    nfeRealised: { mean: meanOf(realised), min: Math.min(...realised), max: Math.max(...realised) },
    cachedCalls: mean(({ cachedCalls }) => cachedCalls),
    pairs: results.length,
    psnr: psnr.mean,
    psnrCi: [psnr.low, psnr.high],
    psnrFine: mean(({ psnrFine }) => psnrFine),
    ssim: mean(({ ssim }) => ssim),
    flip: mean(({ flip }) => flip),
    compliance: null,
    frechet: null,
    frechetCi: null,
    secondsP50: quantile(seconds, 0.5),
    secondsP95: quantile(seconds, 0.95),
  };
}

/** On straight lines between the ordered values. */
export function quantile(values: readonly number[], share: number): number {
  const ordered = values.toSorted((a, b) => a - b);
  const place = share * (ordered.length - 1);
  const low = ordered[Math.floor(place)] ?? Number.NaN;
  const high = ordered[Math.ceil(place)] ?? low;
  return low + (high - low) * (place % 1);
}
