import { describe, expect, it } from 'vitest';
import { cpuTensorOps } from '../sampling/cpu-tensor-ops.ts';
import { payloadOf } from './payload.ts';

const step = { stepIndex: 3, sigma: 0.4, sigmaNext: 0.2 };

describe('reuse', () => {
  it('hands out the newest residual itself, not a copy', () => {
    const residual = Float32Array.of(1);
    const older = Float32Array.of(2);
    const formed = payloadOf('reuse').form([{ step, residual }, { step, residual: older }], step, cpuTensorOps);
    expect(formed.residual).toBe(residual);
    expect(formed.owned).toBe(false);
  });

  it('fails when nothing was computed', () => {
    expect(() => payloadOf('reuse').form([], step, cpuTensorOps)).toThrow('No step has been computed');
  });
});
