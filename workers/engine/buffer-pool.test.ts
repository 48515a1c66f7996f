import { beforeAll, afterAll, describe, expect, it, vi } from 'vitest';
import { BufferPool } from './buffer-pool.ts';

beforeAll(() => vi.stubGlobal('GPUBufferUsage', { STORAGE: 128, COPY_SRC: 4, COPY_DST: 8 }));
afterAll(() => vi.unstubAllGlobals());

/** A device that only makes buffers, and knows which ones still live. */
function countingDevice() {
  const living = new Set<object>();
  let created = 0;
  const device = {
    createBuffer({ size }: { size: number }) {
      created += 1;
      const buffer = { size, destroy: () => living.delete(buffer) };
      living.add(buffer);
      return buffer;
    },
  } as unknown as GPUDevice;
  return { device, living, created: () => created };
}

describe('BufferPool', () => {
  it('gives a released buffer out again for the same size, rounded up to 16 bytes', () => {
    const { device, created } = countingDevice();
    const pool = new BufferPool(device);
    const first = pool.acquire(20);
    expect(first.size).toBe(32);
    pool.release(first);
    expect(pool.acquire(32)).toBe(first);
    expect(pool.acquire(32)).not.toBe(first);
    expect(created()).toBe(2);
  });

  it('counts what is out', () => {
    const pool = new BufferPool(countingDevice().device);
    const first = pool.acquire(16);
    pool.acquire(16);
    expect(pool.liveCount).toBe(2);
    pool.release(first);
    expect(pool.liveCount).toBe(1);
  });

  it('refuses to take a buffer back twice, or one it never gave', () => {
    const { device } = countingDevice();
    const pool = new BufferPool(device);
    const buffer = pool.acquire(16);
    pool.release(buffer);
    expect(() => pool.release(buffer)).toThrow('released twice');
    expect(() => pool.release(device.createBuffer({ size: 16, usage: 0 }))).toThrow('released twice');
  });

  it('destroys everything, out or free', () => {
    const { device, living } = countingDevice();
    const pool = new BufferPool(device);
    pool.release(pool.acquire(16));
    pool.acquire(64);
    pool.destroy();
    expect(living.size).toBe(0);
    expect(pool.liveCount).toBe(0);
  });
});
