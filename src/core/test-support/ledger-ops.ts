/** Tensor operations that keep books: every tensor must be alive when used and be released once. For tests. */
import { cpuTensorOps } from '../sampling/cpu-tensor-ops.ts';
import type { TensorOps } from '../tensor-ops.ts';

export interface Ledger {
  readonly ops: TensorOps<Float32Array>;
  /** Enters a tensor made elsewhere and returns it. */
  own(tensor: Float32Array): Float32Array;
  /** Throws unless the tensor is alive. */
  use(tensor: Float32Array): Float32Array;
  /** How many tensors are not released yet. */
  alive(): number;
  /** The most that were alive at once. */
  peak(): number;
}

export function createLedger(): Ledger {
  const living = new Set<Float32Array>();
  let peak = 0;
  const own = (tensor: Float32Array): Float32Array => {
    living.add(tensor);
    peak = Math.max(peak, living.size);
    return tensor;
  };
  const use = (tensor: Float32Array): Float32Array => {
    if (!living.has(tensor)) throw new Error('A tensor was used that is not alive.');
    return tensor;
  };
  const ops: TensorOps<Float32Array> = {
    weightedSum: (weights, terms) => own(cpuTensorOps.weightedSum(weights, terms.map(use))),
    release: (tensor) => {
      living.delete(use(tensor));
    },
  };
  return { ops, own, use, alive: () => living.size, peak: () => peak };
}
