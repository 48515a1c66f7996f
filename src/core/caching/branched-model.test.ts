import { describe, expect, it } from 'vitest';
import type { ResidualModel } from '../denoiser.ts';
import { createLedger } from '../test-support/ledger-ops.ts';
import { branchedModel, branchedOps, branchWeights, onlyBranch } from './branched-model.ts';

const step = { stepIndex: 0, sigma: 1, sigmaNext: 0.5 };

/** velocity = factor·latents, residual = factor; cached adds its residual. */
function bench(factors: readonly number[], fails = -1) {
  const ledger = createLedger();
  const models = factors.map(
    (factor, index): ResidualModel<Float32Array> => ({
      async full(latents) {
        if (index === fails) throw new Error('a lost device');
        return { velocity: ledger.own(ledger.use(latents).map((value) => factor * value)), residual: ledger.own(Float32Array.of(factor)) };
      },
      async cached(latents, _, residual) {
        const [added = 0] = ledger.use(residual);
        return ledger.own(ledger.use(latents).map((value) => value + added));
      },
    }),
  );
  return { ledger, models, latents: [ledger.own(Float32Array.of(2, 4))] };
}

describe('branchedModel', () => {
  it('guides by pos + g·(pos − neg), and keeps a residual of each branch', async () => {
    const { ledger, models, latents } = bench([3, 1]);
    const model = branchedModel(models, branchWeights(0.5), ledger.ops);
    const { velocity, residual } = await model.full(latents, step);
    expect(onlyBranch(velocity)).toEqual(Float32Array.of(8, 16));
    expect(residual).toEqual([Float32Array.of(3), Float32Array.of(1)]);
    expect(onlyBranch(await model.cached(latents, step, residual))).toEqual(Float32Array.of(6, 8));
    // The latents, two velocities and the two residuals.
    expect(ledger.alive()).toBe(5);
  });

  it('is the model itself where there is one branch', async () => {
    const { ledger, models, latents } = bench([3]);
    const { velocity, residual } = await branchedModel(models, branchWeights(0), ledger.ops).full(latents, step);
    expect(onlyBranch(velocity)).toEqual(Float32Array.of(6, 12));
    expect(residual).toHaveLength(1);
    expect(ledger.alive()).toBe(3);
  });

  it('keeps nothing when a branch fails', async () => {
    const { ledger, models, latents } = bench([3, 1], 1);
    await expect(branchedModel(models, branchWeights(2), ledger.ops).full(latents, step)).rejects.toThrow('lost device');
    expect(ledger.alive()).toBe(1);
  });

  it('refuses weights for another number of branches, and latents of several', async () => {
    const { ledger, models, latents } = bench([3]);
    expect(() => branchedModel(models, [1, -1], ledger.ops)).toThrow(RangeError);
    await expect(branchedModel(models, [1], ledger.ops).full([...latents, ...latents], step)).rejects.toThrow('one branch');
  });
});

describe('branchedOps', () => {
  it('sums branch by branch, and releases all', () => {
    const ledger = createLedger();
    const ops = branchedOps(ledger.ops);
    const terms = [[1, 2], [10, 20]].map((parts) => parts.map((value) => ledger.own(Float32Array.of(value))));
    const sum = ops.weightedSum([2, 1], terms);
    expect(sum).toEqual([Float32Array.of(12), Float32Array.of(24)]);
    for (const tensor of [...terms, sum]) ops.release(tensor);
    expect(ledger.alive()).toBe(0);
  });

  it('refuses terms of different branch counts', () => {
    const ledger = createLedger();
    const terms = [[1, 2], [10]].map((parts) => parts.map((value) => ledger.own(Float32Array.of(value))));
    expect(() => branchedOps(ledger.ops).weightedSum([1, 1], terms)).toThrow('no branch 1');
  });
});
