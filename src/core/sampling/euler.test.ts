import { describe, expect, it } from 'vitest';
import type { Denoiser, StepContext } from '../denoiser.ts';
import { createLedger } from '../test-support/ledger-ops.ts';
import { cpuTensorOps } from './cpu-tensor-ops.ts';
import { sampleEuler } from './euler.ts';

const sigmas = [1, 0.75, 0.25, 0];

describe('sampleEuler', () => {
  it('is exact for a constant velocity', async () => {
    const latents = await sampleEuler(async () => Float32Array.of(2, -4), Float32Array.of(1, 1), sigmas, cpuTensorOps);
    expect([...latents]).toEqual([1 - 2, 1 + 4]);
  });

  it('multiplies the latents by 1 + Δσ at each step when the velocity is the latents', async () => {
    const latents = await sampleEuler(async (x) => x.slice(), Float32Array.of(1), sigmas, cpuTensorOps);
    expect(latents[0]).toBe(0.75 * 0.5 * 0.75);
  });

  it('tells the denoiser where it stands', async () => {
    const seen: StepContext[] = [];
    const denoiser: Denoiser<Float32Array> = async (latents, step) => {
      seen.push(step);
      return latents.slice();
    };
    await sampleEuler(denoiser, Float32Array.of(1), sigmas, cpuTensorOps);
    expect(seen).toEqual([
      { stepIndex: 0, sigma: 1, sigmaNext: 0.75 },
      { stepIndex: 1, sigma: 0.75, sigmaNext: 0.25 },
      { stepIndex: 2, sigma: 0.25, sigmaNext: 0 },
    ]);
  });

  it('waits for the hook after each step', async () => {
    const order: string[] = [];
    const denoiser: Denoiser<Float32Array> = async (latents, { stepIndex }) => {
      order.push(`step ${stepIndex}`);
      return latents.slice();
    };
    const afterStep = async (stepIndex: number): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      order.push(`after ${stepIndex}`);
    };
    await sampleEuler(denoiser, Float32Array.of(1), [1, 0.5, 0], cpuTensorOps, { afterStep });
    expect(order).toEqual(['step 0', 'after 0', 'step 1', 'after 1']);
  });

  it('refuses a run of no steps', async () => {
    await expect(sampleEuler(async (x) => x, Float32Array.of(1), [1], cpuTensorOps)).rejects.toThrow(RangeError);
  });
});

describe('sampleEuler and memory', () => {
  async function run(denoiser: Denoiser<Float32Array>, cancelAt = Infinity) {
    const ledger = createLedger();
    const noise = ledger.own(Float32Array.of(1, 2));
    let asked = 0;
    const cancel = {
      throwIfAborted: (): void => {
        if (asked++ === cancelAt) throw new Error('cancelled');
      },
    };
    const owning: Denoiser<Float32Array> = async (latents, step) => ledger.own(await denoiser(ledger.use(latents), step));
    const end = await sampleEuler(owning, noise, sigmas, ledger.ops, { cancel }).then(
      () => 'done',
      (error: unknown) => String(error),
    );
    ledger.use(noise);
    return { end, alive: ledger.alive(), peak: ledger.peak() };
  }

  it('keeps only the noise and the result', async () => {
    // At most: noise, latents, velocity, next latents.
    expect(await run(async (latents) => latents.slice())).toEqual({ end: 'done', alive: 2, peak: 4 });
  });

  it.each([0, 1, 2])('keeps only the noise when cancelled before step %s', async (cancelAt) => {
    expect(await run(async (latents) => latents.slice(), cancelAt)).toMatchObject({ end: 'Error: cancelled', alive: 1 });
  });

  it('keeps only the noise when a step fails', async () => {
    const failing: Denoiser<Float32Array> = async (latents, { stepIndex }) => {
      if (stepIndex === 2) throw new Error('device lost');
      return latents.slice();
    };
    expect(await run(failing)).toMatchObject({ end: 'Error: device lost', alive: 1 });
  });
});
