import { describe, expect, it } from 'vitest';
import { psnrEvidence } from './policy-evidence.ts';

describe('psnrEvidence', () => {
  it('states mean and interval of several pairs', () => {
    const { latentPsnrDb, latentPsnrIntervalDb: [low, high] = [0, 0] } = psnrEvidence([28, 30, 32, 34]);
    expect(latentPsnrDb).toBe(31);
    expect(low).toBeGreaterThanOrEqual(28);
    expect(low).toBeLessThan(31);
    expect(high).toBeGreaterThan(31);
    expect(high).toBeLessThanOrEqual(34);
  });

  it('states no interval of one pair, and nothing of none or of equal runs', () => {
    expect(psnrEvidence([30])).toEqual({ latentPsnrDb: 30 });
    expect(psnrEvidence([])).toEqual({ latentPsnrDb: null });
    expect(psnrEvidence([30, Infinity])).toEqual({ latentPsnrDb: null });
  });
});
