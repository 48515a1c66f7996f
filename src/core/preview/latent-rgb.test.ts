import { describe, expect, it } from 'vitest';
import { packLatents } from '../sampling/latent-packing.ts';
import { latentsToRgba, packedLatentsToRgba } from './latent-rgb.ts';

const shape = { channels: 2, width: 4, height: 2, patch: 2 };
/** Red is the first channel, green half the second, blue a constant. */
const map = { matrix: [[1, 0], [0, 0.5], [0, 0]], bias: [0, 0.25, 1] };

describe('latentsToRgba', () => {
  it('multiplies each latent pixel’s channels, adds the bias and rounds to bytes', () => {
    const first = [0, 0.2, 0.4, 0.6, 0.8, 1, 0.1, 0.3];
    const second = [0, 0.5, 1, 1.5, 0, 0.5, 1, 1.5];
    const { data, width, height } = latentsToRgba(map, Float32Array.of(...first, ...second), shape);
    expect([width, height, data.length]).toEqual([4, 2, 32]);
    expect([...data.subarray(4, 8)]).toEqual([51, 128, 255, 255]);
    expect([...data.subarray(20, 24)]).toEqual([255, 128, 255, 255]);
  });

  it('clamps what is out of range and shows no number as black', () => {
    const latents = new Float32Array(16);
    latents.set([-3, 7, Number.NaN]);
    const { data } = latentsToRgba(map, latents, shape);
    expect([data[0], data[4], data[8]]).toEqual([0, 255, 0]);
  });

  it('refuses latents or a map of another shape', () => {
    expect(() => latentsToRgba(map, new Float32Array(15), shape)).toThrow('15 latents');
    expect(() => latentsToRgba({ ...map, bias: [0, 0] }, new Float32Array(16), shape)).toThrow('3 × 2');
    expect(() => latentsToRgba({ ...map, matrix: [[1], [0], [0]] }, new Float32Array(16), shape)).toThrow('3 × 2');
  });
});

describe('packedLatentsToRgba', () => {
  it('gives the same picture from packed tokens', () => {
    const latents = Float32Array.from({ length: 16 }, (_, index) => index / 16);
    expect(packedLatentsToRgba(map, packLatents(latents, shape), shape)).toEqual(latentsToRgba(map, latents, shape));
  });
});
