import { describe, expect, it } from 'vitest';
import { adapterFacts, decideBackend, wasmThreads } from './backend.ts';

const REAL = { name: 'nvidia ampere', software: false };
const SOFTWARE = { name: 'google swiftshader', software: true };

describe('decideBackend', () => {
  it('takes WebGPU on a real adapter only, unless asked', () => {
    expect(decideBackend('auto', REAL).kind).toBe('webgpu');
    expect(decideBackend('auto', SOFTWARE).kind).toBe('wasm');
    expect(decideBackend('auto', null).kind).toBe('wasm');
    expect(decideBackend('webgpu', SOFTWARE).kind).toBe('webgpu');
    expect(decideBackend('wasm', REAL).kind).toBe('wasm');
  });

  it('refuses WebGPU without an adapter when it is asked for', () => {
    expect(() => decideBackend('webgpu', null)).toThrow(expect.objectContaining({ code: 'webgpu-unavailable' }));
  });

  it('gives a different reason for every case', () => {
    const reasons = [
      decideBackend('auto', REAL),
      decideBackend('auto', SOFTWARE),
      decideBackend('auto', null),
      decideBackend('webgpu', REAL),
      decideBackend('webgpu', SOFTWARE),
      decideBackend('wasm', null),
    ].map(({ reason }) => reason);
    expect(new Set(reasons).size).toBe(reasons.length);
  });
});

describe('adapterFacts', () => {
  it('knows software adapters by flag, architecture or description', () => {
    expect(adapterFacts({ vendor: 'google', architecture: 'swiftshader' }, false)).toEqual({
      name: 'google swiftshader',
      software: true,
    });
    expect(adapterFacts({ vendor: 'x' }, true).software).toBe(true);
    expect(adapterFacts({ description: 'llvmpipe (LLVM 15)' }, false)).toEqual({
      name: 'llvmpipe (LLVM 15)',
      software: true,
    });
    expect(adapterFacts({ vendor: 'nvidia', architecture: 'ampere' }, false)).toEqual(REAL);
  });
});

describe('wasmThreads', () => {
  it('is one without isolation and capped with it', () => {
    expect(wasmThreads(false, 16)).toBe(1);
    expect(wasmThreads(true, 2)).toBe(2);
    expect(wasmThreads(true, 64)).toBe(8);
  });
});
