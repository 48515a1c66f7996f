/**
 * What the core asks of a backend's tensors. `T` is opaque here: a Float32Array on the CPU, a handle of
 * a GPU buffer on WebGPU, so that samplers and caches are written once and nothing is read back.
 */
export interface TensorOps<T> {
  /** A new tensor Σ weights[i]·terms[i], in float32, terms added in order; one to three terms of one shape. */
  weightedSum(weights: readonly number[], terms: readonly T[]): T;
  /** Gives the tensor's memory back; it must not be used again. */
  release(tensor: T): void;
}
