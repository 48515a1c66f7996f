/** Tensor operations of threshold methods on plain arrays. */
import { cpuTensorOps } from '../sampling/cpu-tensor-ops.ts';
import type { Difference, SignalOps } from './method.ts';

/** Summed in float64. */
export function meanAbsolute([left, right]: Difference<ArrayLike<number>>): number {
  if (right !== null && right.length !== left.length) throw new RangeError(`Cannot compare ${left.length} with ${right.length} values.`);
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += Math.abs((left[index] ?? Number.NaN) - (right === null ? 0 : (right[index] ?? Number.NaN)));
  return sum / left.length;
}

export const relativeChange = (now: ArrayLike<number>, before: ArrayLike<number>): number => meanAbsolute([now, before]) / meanAbsolute([before, null]);

export const cpuSignalOps: SignalOps<Float32Array> = {
  ...cpuTensorOps,
  means: (differences) => Promise.resolve(differences.map(meanAbsolute)),
};
