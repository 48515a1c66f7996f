import { describe, expect, it } from 'vitest';
import { cpuTensorOps } from './cpu-tensor-ops.ts';

describe('cpuTensorOps.weightedSum', () => {
  it('weighs and adds into a new tensor', () => {
    const first = Float32Array.of(1, 2);
    const sum = cpuTensorOps.weightedSum([1, -0.5, 2], [first, Float32Array.of(4, 8), Float32Array.of(0.5, 0.25)]);
    expect([...sum]).toEqual([0, -1.5]);
    expect([...first]).toEqual([1, 2]);
  });

  it('rounds each product to float32 before adding', () => {
    const weight = Math.fround(0.1);
    const value = Math.fround(0.3);
    const sum = cpuTensorOps.weightedSum([1, weight], [Float32Array.of(1), Float32Array.of(value)]);
    expect(sum[0]).toBe(Math.fround(1 + Math.fround(weight * value)));
  });

  it.each([
    ['no term', [], []],
    ['four terms', [1, 1, 1, 1], [1, 1, 1, 1]],
    ['fewer weights than terms', [1], [1, 1]],
  ])('refuses %s', (_, weights, sizes) => {
    expect(() => cpuTensorOps.weightedSum(weights, sizes.map((size) => new Float32Array(size)))).toThrow(RangeError);
  });

  it('refuses terms of different shapes', () => {
    expect(() => cpuTensorOps.weightedSum([1, 1], [new Float32Array(2), new Float32Array(3)])).toThrow(RangeError);
  });
});
