/** Golden (diffusers 0.42): FluxPipeline._pack_latents(torch.arange(C*H*W).float().view(1, C, H, W), 1, C, H, W). */
import { describe, expect, it } from 'vitest';
import golden from './latent-packing.golden.json';
import { packLatents, unpackLatents, unscaleLatents } from './latent-packing.ts';

const shape = { channels: golden.channels, height: golden.height, width: golden.width, patch: 2 };
const counted = Float32Array.from({ length: golden.packed.length }, (_, index) => index);

describe('latent packing', () => {
  it('packs as diffusers does', () => {
    expect([...packLatents(counted, shape)]).toEqual(golden.packed);
  });

  it('unpacks what it packed', () => {
    expect(unpackLatents(packLatents(counted, shape), shape)).toEqual(counted);
  });

  it('refuses a length that is not the shape', () => {
    expect(() => packLatents(new Float32Array(5), shape)).toThrow(RangeError);
  });

  it('refuses a height that the patch does not divide', () => {
    expect(() => unpackLatents(new Float32Array(9), { channels: 1, height: 3, width: 3, patch: 2 })).toThrow(RangeError);
  });
});

describe('unscaleLatents', () => {
  it('divides by the scale, then adds the shift', () => {
    expect([...unscaleLatents(Float32Array.of(1, -2), { scalingFactor: 0.5, shiftFactor: 0.25 })]).toEqual([2.25, -3.75]);
  });
});
