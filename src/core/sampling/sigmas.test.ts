/**
 * Goldens (diffusers 0.42, numpy 2, torch 2.13):
 *   s = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, base_shift=.5, max_shift=1.15,
 *                                       base_image_seq_len=256, max_image_seq_len=4096)
 *   retrieve_timesteps(s, n, 'cpu', sigmas=np.linspace(1.0, 1 / n, n), mu=calculate_shift(tokens))
 *   s.sigmas, s.timesteps, s.timesteps / 1000 * 1000
 */
import { describe, expect, it } from 'vitest';
import golden from './sigmas.golden.json';
import { fluxMu, fluxSigmas } from './sigmas.ts';
import { modelTimestep } from './timestep-projection.ts';

describe('fluxSigmas', () => {
  it.each(golden.tables)('is diffusers to the bit: $stepCount steps, $imageTokens tokens', (table) => {
    expect(fluxSigmas(table.stepCount, table.imageTokens)).toEqual(table.sigmas);
  });

  it.each(golden.tables)('gives the model diffusers’ timesteps: $stepCount steps, $imageTokens tokens', (table) => {
    const sigmas = fluxSigmas(table.stepCount, table.imageTokens).slice(0, -1);
    expect(sigmas.map((sigma) => modelTimestep(sigma, 1000))).toEqual(table.modelTimesteps);
  });

  it('depends on the number of tokens', () => {
    expect(fluxSigmas(28, 64)).not.toEqual(fluxSigmas(28, 4096));
  });

  it.each([0, -1, 2.5])('refuses %s steps', (stepCount) => {
    expect(() => fluxSigmas(stepCount, 64)).toThrow(RangeError);
  });
});

describe('fluxMu', () => {
  it('passes through the two anchors', () => {
    expect(fluxMu(256)).toBeCloseTo(0.5, 12);
    expect(fluxMu(4096)).toBeCloseTo(1.15, 12);
  });

  it('goes on in a straight line below the first', () => {
    expect(fluxMu(64)).toBeCloseTo(0.5 - (0.65 * 192) / 3840, 12);
  });
});
