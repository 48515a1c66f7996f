/** Mean absolute differences of GPU tensors, the one thing that policies which decide while sampling read back. */
import type { Difference } from '../../src/core/baselines/method.ts';
import meanDifferenceCode from '../kernels/mean-difference.wgsl?raw';
import type { GpuTensor } from './gpu-tensors.ts';

const FLOAT_BYTES = 4;
/** Three whole numbers, padded to a multiple of 16. */
const PARAMETER_BYTES = 16;

export class GpuMeans {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#pipeline = device.createComputePipeline({
      label: 'mean-difference',
      layout: 'auto',
      compute: { module: device.createShaderModule({ code: meanDifferenceCode }) },
    });
  }

  /** One readback of four bytes a difference. Waits for all work before it. */
  async of(differences: readonly Difference<GpuTensor>[]): Promise<readonly number[]> {
    const bytes = differences.length * FLOAT_BYTES;
    const means = this.#device.createBuffer({ size: bytes, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
    const staging = this.#device.createBuffer({ size: bytes, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    const parameters = differences.map(([left, right], place) => this.#parameters(lengthOf(left), place, right !== null));
    try {
      const encoder = this.#device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(this.#pipeline);
      for (const [place, [left, right]] of differences.entries()) {
        if (right !== null && lengthOf(right) !== lengthOf(left)) throw new Error('The sides of a difference differ in length');
        const buffers = [parameters[place], left.buffer, (right ?? left).buffer, means].filter((buffer) => buffer !== undefined);
        const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
        pass.setBindGroup(0, this.#device.createBindGroup({ layout: this.#pipeline.getBindGroupLayout(0), entries }));
        pass.dispatchWorkgroups(1);
      }
      pass.end();
      encoder.copyBufferToBuffer(means, 0, staging, 0, bytes);
      this.#device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      return Array.from(new Float32Array(staging.getMappedRange()));
    } finally {
      for (const buffer of [...parameters, means, staging]) buffer.destroy();
    }
  }

  #parameters(length: number, place: number, hasRight: boolean): GPUBuffer {
    const buffer = this.#device.createBuffer({ size: PARAMETER_BYTES, usage: GPUBufferUsage.UNIFORM, mappedAtCreation: true });
    new Uint32Array(buffer.getMappedRange()).set([length, place, hasRight ? 1 : 0]);
    buffer.unmap();
    return buffer;
  }
}

const lengthOf = ({ dims }: GpuTensor): number => dims.reduce((product, size) => product * size, 1);
