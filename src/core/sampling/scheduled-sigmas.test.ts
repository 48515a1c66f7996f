/**
 * Goldens (diffusers 0.42, torch 2.13):
 *   s = FlowMatchEulerDiscreteScheduler(shift=shift)
 *   s.set_timesteps(sigmas=get_default_z_image_sigmas(n))
 *   s.sigmas, (1000 - s.timesteps) / 1000 * 1000
 */
import { describe, expect, it } from 'vitest';
import golden from './scheduled-sigmas.golden.json';
import { scheduledSigmas, staticShiftSigmas } from './scheduled-sigmas.ts';
import { FLUX_SHIFT, fluxSigmas } from './sigmas.ts';
import { remainingTime } from './timestep-projection.ts';

describe('staticShiftSigmas', () => {
  it.each(golden)('is diffusers to the bit: $stepCount steps, shift $shift', ({ stepCount, shift, sigmas }) => {
    expect(staticShiftSigmas(stepCount, shift)).toEqual(sigmas);
  });

  it.each(golden)('gives the model diffusers’ times: $stepCount steps, shift $shift', ({ sigmas, times }) => {
    expect(sigmas.slice(0, -1).map((sigma) => remainingTime(sigma, 1000))).toEqual(times);
  });

  it.each([0, -1, 2.5])('refuses %s steps', (stepCount) => {
    expect(() => staticShiftSigmas(stepCount, 3)).toThrow(RangeError);
  });
});

describe('scheduledSigmas', () => {
  it('follows the rule', () => {
    expect(scheduledSigmas(8, 64, { rule: 'static', shift: 3 })).toEqual(staticShiftSigmas(8, 3));
    expect(scheduledSigmas(8, 64, { rule: 'exponential-by-tokens', ...FLUX_SHIFT })).toEqual(fluxSigmas(8, 64));
  });
});
