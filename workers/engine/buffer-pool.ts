/** GPU buffers by size, used again when released: a sampling loop asks for the same few sizes at every step. */

export class BufferPool {
  readonly #device: GPUDevice;
  readonly #freeBySize = new Map<number, GPUBuffer[]>();
  readonly #live = new Set<GPUBuffer>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Buffers given out and not yet released. */
  get liveCount(): number {
    return this.#live.size;
  }

  /** Contents are whatever was there before. @param bytes is rounded up to whole 16 bytes, as the runtime copies. */
  acquire(bytes: number): GPUBuffer {
    const size = Math.ceil(bytes / 16) * 16;
    const buffer =
      this.#freeBySize.get(size)?.pop() ??
      this.#device.createBuffer({
        size,
        usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      });
    this.#live.add(buffer);
    return buffer;
  }

  /**
   * Work already submitted still reads what it was meant to: the queue keeps order.
   * @throws Error on a buffer that is not live.
   */
  release(buffer: GPUBuffer): void {
    if (!this.#live.delete(buffer)) throw new Error('A GPU buffer was released twice');
    const free = this.#freeBySize.get(buffer.size);
    if (free === undefined) this.#freeBySize.set(buffer.size, [buffer]);
    else free.push(buffer);
  }

  destroy(): void {
    for (const buffer of this.#live) buffer.destroy();
    for (const buffers of this.#freeBySize.values()) for (const buffer of buffers) buffer.destroy();
    this.#live.clear();
    this.#freeBySize.clear();
  }
}
