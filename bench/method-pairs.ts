/** Test pairs with the two pictures that every method is held against, and what a method's picture is worth beside them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { flip } from '../src/core/metrics/flip.ts';
import { latentPsnrDb, picturePsnrDb } from '../src/core/metrics/psnr.ts';
import { ssim } from '../src/core/metrics/ssim.ts';
import type { RgbaPixels } from '../src/core/metrics/rgba-pixels.ts';
import { decodeLatents } from '../workers/pipelines/decode.ts';
import { eulerSolver, solverSampler } from './method-sampler.ts';
import type { Sampler } from './method-sampler.ts';
import type { PairResult } from './method-results.ts';
import { MOST_DB } from './method-results.ts';
import type { NodeBundle } from './node-runtime.ts';
import type { PairRuns } from './pair-runs.ts';

export interface TestPair extends PairRuns {
  /** Of the full run. */
  readonly picture: RgbaPixels;
  /** Of the run with many more steps. */
  readonly finePicture: RgbaPixels;
}

/** @param fineSigmas of the run that stands for the exact solution. */
export async function withPictures({ runner, manifest }: NodeBundle, pair: PairRuns, fineSigmas: readonly number[]): Promise<TestPair> {
  const fine = await solverSampler(eulerSolver, fineSigmas)(pair);
  return { ...pair, picture: await decodeLatents(runner, manifest, pair.reference), finePicture: await decodeLatents(runner, manifest, fine.latents) };
}

/** @param picturesFolder gets the picture as `name`, red, green and blue bytes row by row, for the judge. */
export async function judgeRun({ runner, manifest }: NodeBundle, pair: TestPair, sampler: Sampler, picturesFolder: URL, name: string): Promise<PairResult> {
  const startedMs = performance.now();
  const { latents, computedSteps, cachedCalls } = await sampler(pair);
  const seconds = (performance.now() - startedMs) / 1000;
  const picture = await decodeLatents(runner, manifest, latents);
  await mkdir(picturesFolder, { recursive: true });
  await writeFile(new URL(name, picturesFolder), picture.data.filter((_, index) => index % 4 !== 3));
  return {
    psnr: Math.min(MOST_DB, picturePsnrDb(pair.picture, picture)),
    psnrFine: Math.min(MOST_DB, picturePsnrDb(pair.finePicture, picture)),
    latentPsnr: Math.min(MOST_DB, latentPsnrDb(pair.reference, latents)),
    ssim: ssim(pair.picture, picture),
    flip: flip(pair.picture, picture).mean,
    computedSteps,
    cachedCalls,
    seconds,
  };
}
