/** The sinusoids of a timestep, computed on the host: graphs that compute them lose digits, most on GPUs. */

const MAX_PERIOD = 10_000;

/**
 * What diffusers' FLUX transformer makes of σ: the scheduler multiplies by `timestepScale`, the pipeline divides
 * by it and the transformer multiplies again, each time rounding to float32.
 */
export function modelTimestep(sigma: number, timestepScale: number): number {
  const schedulerTimestep = Math.fround(Math.fround(sigma) * timestepScale);
  return Math.fround(Math.fround(schedulerTimestep / timestepScale) * timestepScale);
}

/**
 * What diffusers' Z-Image makes of σ: (1 − σ)·timestepScale, on the scheduler's clock of 1000 and with its roundings.
 */
export function remainingTime(sigma: number, timestepScale: number): number {
  const schedulerTimestep = Math.fround(Math.fround(sigma) * 1000);
  return Math.fround(Math.fround(Math.fround(1000 - schedulerTimestep) / 1000) * timestepScale);
}

/**
 * diffusers' Timesteps(channels, flip_sin_to_cos=True, downscale_freq_shift=0) of one timestep:
 * `channels` float32 values, first the cosines, then the sines.
 * @param timestep σ·1000 (see modelTimestep), (1 − σ)·1000 (see remainingTime), or the guidance scale times 1000.
 */
export function timestepProjection(timestep: number, channels: number): Float32Array {
  if (!Number.isInteger(channels) || channels < 2 || channels % 2 !== 0) {
    throw new RangeError(`A projection needs an even number of channels, not ${channels}.`);
  }
  const half = channels / 2;
  const projection = new Float32Array(channels);
  const logPeriod = Math.fround(-Math.log(MAX_PERIOD));
  for (let index = 0; index < half; index++) {
    const frequency = Math.fround(Math.exp(Math.fround(Math.fround(logPeriod * index) / half)));
    const angle = Math.fround(Math.fround(timestep) * frequency);
    projection[index] = Math.cos(angle);
    projection[index + half] = Math.sin(angle);
  }
  return projection;
}
