import { describe, expect, it } from 'vitest';
import { cpuTensorOps } from '../sampling/cpu-tensor-ops.ts';
import { payloadOf } from './payload.ts';

const step = { stepIndex: 3, sigma: 0.4, sigmaNext: 0.2 };
const nothing = { residuals: [], velocities: [], passed: [] };

describe('reuse', () => {
  it('hands the cached graph the newest residual itself, not a copy, and its answer on', async () => {
    const newest = Float32Array.of(1);
    const answer = Float32Array.of(5);
    const seen: Float32Array[] = [];
    const history = { ...nothing, residuals: [newest, Float32Array.of(2)].map((tensor) => ({ step, tensor })) };
    const cached = async (residual: Float32Array): Promise<Float32Array> => {
      seen.push(residual);
      return answer;
    };
    const work = { latents: newest, step, history, cached, ops: cpuTensorOps, parameter: undefined, coefficients: undefined };
    expect(await payloadOf('reuse').velocityOf(work)).toBe(answer);
    expect(seen[0]).toBe(newest);
  });

  it('fails when nothing was computed', async () => {
    const cached = async (residual: Float32Array): Promise<Float32Array> => residual;
    const work = { latents: Float32Array.of(1), step, history: nothing, cached, ops: cpuTensorOps, parameter: undefined, coefficients: undefined };
    await expect(payloadOf('reuse').velocityOf(work)).rejects.toThrow('No step has been computed');
  });
});
