/** Tensors that live in GPU buffers of the runtime's own device, and the sums of them that samplers ask for. */
import weightedSumCode from '../kernels/weighted-sum.wgsl?raw';
import type { TensorOps } from '../../src/core/tensor-ops.ts';
import { BufferPool } from './buffer-pool.ts';

/** float32 values; `buffer` may be longer. */
export interface GpuTensor {
  readonly buffer: GPUBuffer;
  readonly dims: readonly number[];
}

const FLOAT_BYTES = 4;
const MAX_TERMS = 3;
const WORKGROUP_SIZE = 64;
/** Every device allows this many in one dimension; the kernel strides over the rest. */
const MAX_WORKGROUPS = 65_535;
/** vec4f weights, then length and term count, padded to a multiple of 16. */
const PARAMETER_BYTES = 32;

const lengthOf = (dims: readonly number[]): number => dims.reduce((product, size) => product * size, 1);

export class GpuTensors implements TensorOps<GpuTensor> {
  readonly #device: GPUDevice;
  readonly #pool: BufferPool;
  readonly #pipeline: GPUComputePipeline;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#pool = new BufferPool(device);
    this.#pipeline = device.createComputePipeline({
      label: 'weighted-sum',
      layout: 'auto',
      compute: { module: device.createShaderModule({ code: weightedSumCode }) },
    });
  }

  /** Tensors not yet released. */
  get liveCount(): number {
    return this.#pool.liveCount;
  }

  /** A new tensor with whatever was in the memory, for a graph to write to. */
  allocate(dims: readonly number[]): GpuTensor {
    return { buffer: this.#pool.acquire(lengthOf(dims) * FLOAT_BYTES), dims };
  }

  /** A new tensor with these values. */
  upload(values: Float32Array, dims: readonly number[]): GpuTensor {
    if (values.length !== lengthOf(dims)) throw new Error(`${values.length} values do not fill [${dims.join(', ')}]`);
    const tensor = this.allocate(dims);
    this.#device.queue.writeBuffer(tensor.buffer, 0, values.slice());
    return tensor;
  }

  /** Waits for all work before it, then copies to the host: a readback, to be used outside the loop only. */
  async download(tensor: GpuTensor): Promise<Float32Array> {
    const bytes = lengthOf(tensor.dims) * FLOAT_BYTES;
    const staging = this.#device.createBuffer({ size: bytes, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    try {
      const encoder = this.#device.createCommandEncoder();
      encoder.copyBufferToBuffer(tensor.buffer, 0, staging, 0, bytes);
      this.#device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      return new Float32Array(staging.getMappedRange().slice(0));
    } finally {
      staging.destroy();
    }
  }

  weightedSum(weights: readonly number[], terms: readonly GpuTensor[]): GpuTensor {
    const first = terms[0];
    if (first === undefined || terms.length > MAX_TERMS || weights.length !== terms.length) {
      throw new Error(`A weighted sum takes one to three terms and as many weights, not ${terms.length}`);
    }
    const length = lengthOf(first.dims);
    if (terms.some((term) => lengthOf(term.dims) !== length)) throw new Error('The terms of a sum differ in length');
    const result = this.allocate(first.dims);
    const parameters = this.#writeParameters(weights, length);
    const buffers = [first, terms[1] ?? first, terms[2] ?? first, result].map(({ buffer }) => buffer);
    const bindGroup = this.#device.createBindGroup({
      layout: this.#pipeline.getBindGroupLayout(0),
      entries: [parameters, ...buffers].map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.#pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(Math.min(Math.ceil(length / WORKGROUP_SIZE), MAX_WORKGROUPS));
    pass.end();
    this.#device.queue.submit([encoder.finish()]);
    // Freed by the device once the submitted work is done with it.
    parameters.destroy();
    return result;
  }

  release(tensor: GpuTensor): void {
    this.#pool.release(tensor.buffer);
  }

  /** Resolves when the device has finished everything submitted so far. */
  async finished(): Promise<void> {
    await this.#device.queue.onSubmittedWorkDone();
  }

  destroy(): void {
    this.#pool.destroy();
  }

  #writeParameters(weights: readonly number[], length: number): GPUBuffer {
    const buffer = this.#device.createBuffer({
      size: PARAMETER_BYTES,
      usage: GPUBufferUsage.UNIFORM,
      mappedAtCreation: true,
    });
    const memory = buffer.getMappedRange();
    new Float32Array(memory).set(weights);
    new Uint32Array(memory).set([length, weights.length], 4);
    buffer.unmap();
    return buffer;
  }
}
