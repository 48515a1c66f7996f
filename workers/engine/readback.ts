/**
 * Counts bytes read back from the GPU where reading happens: at `GPUBuffer.mapAsync` in read mode, so that the
 * runtime's own readbacks are seen like ours. Mapping for writing moves nothing to the host and is not counted.
 */

/** `GPUMapMode.READ`; the global exists only where WebGPU does. */
const READ_MODE = 1;

/** The part of GPUBuffer that reading back needs. */
export interface MappableBuffer {
  readonly size: number;
  mapAsync: (mode: number, offset?: number, size?: number) => Promise<undefined>;
}

export interface ReadbackCounter {
  /** Bytes mapped for reading since the counter was installed. */
  totalBytes(): number;
}

const installed = new WeakMap<MappableBuffer, ReadbackCounter>();

/** Wraps `mapAsync` of a buffer prototype once; later calls give the same counter. */
export function countReadbacks(prototype: MappableBuffer): ReadbackCounter {
  const existing = installed.get(prototype);
  if (existing !== undefined) return existing;
  let total = 0;
  prototype.mapAsync = new Proxy(prototype.mapAsync, {
    apply(mapAsync, buffer: MappableBuffer, [mode, offset, size]: Parameters<MappableBuffer['mapAsync']>) {
      if ((mode & READ_MODE) !== 0) total += size ?? buffer.size - (offset ?? 0);
      return mapAsync.call(buffer, mode, offset, size);
    },
  });
  const counter: ReadbackCounter = { totalBytes: () => total };
  installed.set(prototype, counter);
  return counter;
}

/** For backends without a GPU: nothing can be read back. */
export const NO_READBACKS: ReadbackCounter = { totalBytes: () => 0 };
