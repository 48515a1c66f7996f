import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { fluxSigmas } from '../src/core/sampling/sigmas.ts';
import { denoiserInputs } from '../workers/pipelines/denoiser-inputs.ts';
import { HostResidualModel } from '../workers/pipelines/host-residual-model.ts';
import { noiseOf } from '../workers/pipelines/noise.ts';
import { createEncodeText } from '../workers/pipelines/text-encoders.ts';
import { openNodeBundle } from './node-runtime.ts';

const MICRO = fileURLToPath(new URL('../public/models/micro', import.meta.url));
const folders: string[] = [];

/** A copy of the micro bundle with one byte of a file changed. */
async function damagedCopy(file: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'budcache-'));
  folders.push(folder);
  await cp(MICRO, folder, { recursive: true });
  const bytes = await readFile(join(folder, file));
  bytes.writeUInt8((bytes.readUInt8(1000) + 1) % 256, 1000);
  await writeFile(join(folder, file), bytes);
  return folder;
}

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

async function setUp(folder: string) {
  const bundle = await openNodeBundle(folder);
  const { manifest, runner, tokenizers } = bundle;
  const sigmas = fluxSigmas(8, manifest.latent.tokens, manifest.scheduler.shift);
  const text = await createEncodeText(runner, manifest, tokenizers)('a small red cube');
  const model = new HostResidualModel(runner, manifest, denoiserInputs(manifest, [text], manifest.guidance.default, sigmas));
  const step = { stepIndex: 2, sigma: sigmas[2] ?? 0, sigmaNext: sigmas[3] ?? 0 };
  return { bundle, model, step, latents: noiseOf(1, manifest) };
}

describe('openNodeBundle', () => {
  it('runs the graphs: cached with the residual of the same latents and σ equals full, and needs that residual', async () => {
    const { bundle, model, step, latents } = await setUp(MICRO);
    const { velocity, residual } = await model.full(latents, step);
    const farthest = (other: Float32Array): number => Math.max(...velocity.map((value, index) => Math.abs(value - (other[index] ?? Number.NaN))));
    expect(farthest(await model.cached(latents, step, residual))).toBeLessThan(1e-5);
    expect(farthest(await model.cached(latents, step, residual.map(() => 0)))).toBeGreaterThan(0.1);
    await bundle.close();
  });

  it.each(['denoiser.bin', 'full.onnx'])('refuses a damaged %s', async (file) => {
    const { bundle, model, step, latents } = await setUp(await damagedCopy(file));
    await expect(model.full(latents, step)).rejects.toThrow(`${file} is not the file the manifest describes`);
    await bundle.close();
  });

  it('refuses a damaged tokenizer', async () => {
    await expect(openNodeBundle(await damagedCopy('t5-tokenizer.json'))).rejects.toThrow('t5-tokenizer.json is not the file');
  });
});
