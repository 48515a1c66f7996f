/** Mean squared error of two arrays of one length, summed in float64. */
export function meanSquaredError(reference: ArrayLike<number>, candidate: ArrayLike<number>): number {
  if (reference.length !== candidate.length || reference.length === 0) {
    throw new RangeError(`Cannot compare ${reference.length} with ${candidate.length} values.`);
  }
  let sum = 0;
  for (let index = 0; index < reference.length; index++) {
    sum += ((reference[index] ?? Number.NaN) - (candidate[index] ?? Number.NaN)) ** 2;
  }
  return sum / reference.length;
}
