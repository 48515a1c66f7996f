/** Goldens: `python -m training.solver_golden`, diffusers' own multistep schedulers on the field below. */
import { describe, expect, it } from 'vitest';
import type { Denoiser } from '../denoiser.ts';
import { sampleAdamsBashforth } from './adams-bashforth.ts';
import { sampleDpmSolver } from './dpm-solver.ts';
import { sampleEuler } from './euler.ts';
import { cpuTensorOps } from './cpu-tensor-ops.ts';
import { fluxSigmas } from './sigmas.ts';
import golden from './solvers.golden.json';
import { sampleUniPc } from './unipc.ts';

const field: Denoiser<Float32Array> = async (latents, { sigma }) =>
  latents.map((value, index) => Math.sin(1.3 * value + 0.7 * index) + 0.5 * value * sigma - 0.2 * index);

const SOLVERS = { 'adams-bashforth': sampleAdamsBashforth, 'dpm-solver': sampleDpmSolver, unipc: sampleUniPc };
const start = Float32Array.from(golden.start);
const farthest = (a: ArrayLike<number>, b: ArrayLike<number>): number => Math.max(...Array.from(a, (value, index) => Math.abs(value - (b[index] ?? Number.NaN))));

describe('solvers', () => {
  it.each(golden.cases)('$solver is diffusers’: $name', async ({ solver, sigmas, final }) => {
    const sample = SOLVERS[solver as keyof typeof SOLVERS];
    expect(farthest(await sample(field, start, sigmas), final)).toBeLessThan(2e-6);
    // Another solver would be seen.
    expect(farthest(await sampleEuler(field, start, sigmas, cpuTensorOps), final)).toBeGreaterThan(1e-3);
  });

  it('adams-bashforth, two steps by hand', async () => {
    const constantAfter: Denoiser<Float32Array> = async (_, { stepIndex }) => Float32Array.of(stepIndex === 0 ? 2 : 3);
    // 1 − .4·2 = .2; then −.6·(3 + (.6 / (2·.4))·(3 − 2)) = −2.25.
    expect((await sampleAdamsBashforth(constantAfter, Float32Array.of(1), [1, 0.6, 0]))[0]).toBeCloseTo(0.2 - 2.25, 6);
  });

  it.each(Object.entries(SOLVERS))('%s starts at σ = 1 by a first-order step and nears the exact end faster than Euler', async (_, sample) => {
    const exact = await sampleEuler(field, start, fluxSigmas(20_000, 256), cpuTensorOps);
    const errorOf = async (stepCount: number): Promise<number> => farthest(await sample(field, start, fluxSigmas(stepCount, 256)), exact);
    const euler = farthest(await sampleEuler(field, start, fluxSigmas(40, 256), cpuTensorOps), exact);
    expect(await errorOf(40)).toBeLessThan(euler / 4);
    const firstStep = await sample(field, start, [1, 0.7, 0]);
    expect(firstStep.every(Number.isFinite)).toBe(true);
    // The ends are of first order, so that twice the steps are not quite a quarter of the error.
    expect(await errorOf(40)).toBeLessThan((await errorOf(20)) / 1.8);
  });

  it.each(Object.entries(SOLVERS))('%s stops when it is cancelled', async (_, sample) => {
    let calls = 0;
    const cancel = {
      throwIfAborted: () => {
        if (calls === 2) throw new Error('stopped');
      },
    };
    const counting: Denoiser<Float32Array> = (latents, step) => {
      calls += 1;
      return field(latents, step);
    };
    await expect(sample(counting, start, fluxSigmas(8, 256), cancel)).rejects.toThrow('stopped');
    expect(calls).toBe(2);
  });
});
