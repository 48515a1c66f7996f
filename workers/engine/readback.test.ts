import { describe, expect, it } from 'vitest';
import { countReadbacks } from './readback.ts';

const READ = 1;
const WRITE = 2;

/** A class of its own a test: the counter wraps the prototype. */
function bufferClass() {
  const calls: unknown[][] = [];
  class FakeBuffer {
    readonly size: number;
    constructor(size: number) {
      this.size = size;
    }
    mapAsync(...call: [mode: number, offset?: number, size?: number]): Promise<undefined> {
      calls.push([this.size, ...call]);
      return Promise.resolve(undefined);
    }
  }
  return { FakeBuffer, calls };
}

describe('countReadbacks', () => {
  it('counts whole buffers, rests and ranges mapped for reading', async () => {
    const { FakeBuffer } = bufferClass();
    const counter = countReadbacks(FakeBuffer.prototype);
    await new FakeBuffer(1024).mapAsync(READ);
    expect(counter.totalBytes()).toBe(1024);
    await new FakeBuffer(1024).mapAsync(READ, 1000);
    expect(counter.totalBytes()).toBe(1048);
    await new FakeBuffer(1024).mapAsync(READ, 8, 16);
    expect(counter.totalBytes()).toBe(1064);
  });

  it('does not count mapping for writing', async () => {
    const { FakeBuffer } = bufferClass();
    const counter = countReadbacks(FakeBuffer.prototype);
    await new FakeBuffer(64).mapAsync(WRITE);
    expect(counter.totalBytes()).toBe(0);
  });

  it('passes every call on to its own buffer', async () => {
    const { FakeBuffer, calls } = bufferClass();
    countReadbacks(FakeBuffer.prototype);
    await new FakeBuffer(64).mapAsync(READ, 8, 16);
    expect(calls).toEqual([[64, READ, 8, 16]]);
  });

  it('wraps a prototype once', async () => {
    const { FakeBuffer } = bufferClass();
    const first = countReadbacks(FakeBuffer.prototype);
    expect(countReadbacks(FakeBuffer.prototype)).toBe(first);
    await new FakeBuffer(64).mapAsync(READ);
    expect(first.totalBytes()).toBe(64);
  });
});
