/** The same recipes in two browser engines, made through the console API, and how far their pictures lie apart. */
import type { ConsoleApi } from '../src/app/console-api.ts';
import { latentPsnrDb } from '../src/core/metrics/psnr.ts';
import { keepResult, measuredOn } from './built-page.ts';

declare const budcache: ConsoleApi;

export const MODELS: readonly string[] = ['micro', 'scenes'];
/** Null: the full run. */
export const BUDGETS: readonly (number | null)[] = [null, 10];
export const PROMPT = 'a large shiny red ball on a wooden floor under a blue sky';
export const LIMIT_MS = 120_000;
const SEED = 7;
/** The engines round the last bits of a few functions in their own way. */
const MIN_LATENT_DB = 80;
const MAX_PIXEL_DIFFERENCE = 1;

export interface Made {
  readonly model: string;
  readonly nfe: number;
  readonly totalMs: number;
  readonly threads: number;
  readonly latents: readonly number[];
  readonly pixels: readonly number[];
}

export interface EngineRun {
  readonly version: string;
  readonly made: readonly Made[];
}

/** Runs in the page, and so closes over nothing. */
export async function makeInPage(model: string, nfe: number | null, prompt: string, seed: number): Promise<Made> {
  const policies = await budcache.policies();
  const policy = nfe === null ? null : (policies.find(({ file }) => file.computedSteps.length === nfe)?.file ?? null);
  if (nfe !== null && policy === null) throw new Error(`${model} has no policy of ${nfe} steps`);
  const outcome = await budcache.generate({ prompt, seed, policy, keepLatents: true });
  if (!outcome.ok) throw new Error(outcome.error.message);
  const { trace, latents, picture } = outcome.value;
  const { backend } = budcache;
  if (backend?.kind !== 'wasm') throw new Error('Not on WASM');
  return { model, nfe: trace.nfe, totalMs: trace.totalMs, threads: backend.threads, latents: Array.from(latents ?? []), pixels: Array.from(picture.data) };
}

export const argumentsOf = (model: string, nfe: number | null): [string, number | null, string, number] => [model, nfe, PROMPT, SEED];

const nullIfEqual = (db: number): number | null => (db === Infinity ? null : db);

function compare(engine: string, other: Made, chromium: Made | undefined) {
  if (chromium === undefined) throw new Error('Chromium made fewer pictures.');
  const differences = other.pixels.map((value, index) => Math.abs(value - (chromium.pixels[index] ?? 255)));
  return {
    model: other.model,
    nfe: other.nfe,
    threads: { [engine]: other.threads, chromium: chromium.threads },
    totalMs: { [engine]: Math.round(other.totalMs), chromium: Math.round(chromium.totalMs) },
    /** Null: equal to the last bit. */
    latentDb: nullIfEqual(latentPsnrDb(Float32Array.from(chromium.latents), Float32Array.from(other.latents))),
    equalPixelBytes: differences.filter((difference) => difference === 0).length / differences.length,
    maxPixelDifference: differences.reduce((most, difference) => Math.max(most, difference), 0),
  };
}

/** Writes bench/results/<engine>-wasm.json. @throws Error where a picture differs by more than rounding. */
export function keepComparison(engine: string, other: EngineRun, chromium: EngineRun): void {
  const pictures = other.made.map((made, index) => compare(engine, made, chromium.made[index]));
  keepResult(`${engine}-wasm`, {
    experiment: `${engine}-wasm`,
    ...measuredOn(),
    browsers: { [engine]: other.version, chromium: chromium.version },
    prompt: PROMPT,
    seed: SEED,
    pictures,
  });
  const different = pictures.filter(({ latentDb, maxPixelDifference }) => (latentDb !== null && !(latentDb >= MIN_LATENT_DB)) || maxPixelDifference > MAX_PIXEL_DIFFERENCE);
  if (different.length > 0) throw new Error(`${different.length} pictures differ between ${engine} and Chromium.`);
}
