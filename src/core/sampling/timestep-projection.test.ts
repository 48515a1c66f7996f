/**
 * Goldens (diffusers 0.42, torch 2.13):
 *   Timesteps(num_channels=256, flip_sin_to_cos=True, downscale_freq_shift=0)(torch.tensor([timestep]))
 * A frequency may differ from torch's by one unit in the last place: 1e-7 of an angle of up to 4000 radians.
 */
import { describe, expect, it } from 'vitest';
import golden from './timestep-projection.golden.json';
import { modelTimestep, timestepProjection } from './timestep-projection.ts';

describe('timestepProjection', () => {
  it.each(golden.cases)('agrees with diffusers at timestep $timestep', ({ timestep, projection }) => {
    const actual = timestepProjection(timestep, 256);
    const largest = Math.max(...projection.map((value, index) => Math.abs(value - (actual[index] ?? Number.NaN))));
    expect(largest).toBeLessThanOrEqual(1.3e-7 * timestep + 1e-7);
  });

  it('begins with the cosine and puts the sine in the second half', () => {
    const projection = timestepProjection(1, 4);
    expect(projection[0]).toBeCloseTo(Math.cos(1), 6);
    expect(projection[1]).toBeCloseTo(Math.cos(0.01), 6);
    expect(projection[2]).toBeCloseTo(Math.sin(1), 6);
    expect(projection[3]).toBeCloseTo(Math.sin(0.01), 6);
  });

  it.each([0, 3, -2])('refuses %s channels', (channels) => {
    expect(() => timestepProjection(1, channels)).toThrow(RangeError);
  });
});

describe('modelTimestep', () => {
  it('is the scale at σ = 1', () => {
    expect(modelTimestep(1, 1000)).toBe(1000);
  });
});
