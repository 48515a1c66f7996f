/** Residuals on the host: every guidance branch has one; together they are one array, branch after branch. */
import type { Manifest } from '../../src/protocol/manifest.ts';
import { portShape } from './graph-io.ts';

/** Of one branch, as the cached graph takes it. */
export const residualDims = ({ components }: Pick<Manifest, 'components'>): readonly number[] => portShape(components.cached, 'inputs', 'residual');

export function joinBranches(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    joined.set(part, start);
    start += part.length;
  }
  return joined;
}

/** The inverse: views of the parts. @param dims of one branch. */
export function splitBranches(values: Float32Array, dims: readonly number[]): Float32Array[] {
  const length = dims.reduce((product, size) => product * size, 1);
  return Array.from({ length: values.length / length }, (_, branch) => values.subarray(branch * length, (branch + 1) * length));
}
