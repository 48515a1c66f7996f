/** Tensor operations on plain arrays: for WASM, headless tools and tests. */
import type { TensorOps } from '../tensor-ops.ts';

/** Every product and every sum is rounded to float32, in the order of the terms, as the GPU kernel does. */
export const cpuTensorOps: TensorOps<Float32Array> = {
  weightedSum(weights, terms) {
    const first = terms[0];
    if (first === undefined || terms.length > 3 || weights.length !== terms.length) {
      throw new RangeError(`A weighted sum takes one to three terms and as many weights, not ${terms.length} and ${weights.length}.`);
    }
    const sum = new Float32Array(first.length);
    terms.forEach((term, index) => {
      if (term.length !== sum.length) throw new RangeError(`A weighted sum of ${sum.length} and ${term.length} values.`);
      addScaled(sum, Math.fround(weights[index] ?? Number.NaN), term);
    });
    return sum;
  },

  release() {
    // The garbage collector does it.
  },
};

function addScaled(sum: Float32Array, weight: number, term: Float32Array): void {
  for (let index = 0; index < sum.length; index++) {
    sum[index] = (sum[index] ?? Number.NaN) + Math.fround(weight * (term[index] ?? Number.NaN));
  }
}
