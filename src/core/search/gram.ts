/** Gram matrices, packed: row by row the lower triangle with its diagonal, in float64. */

/** Where (row, column) lies; the order of the two does not matter. */
export const gramIndex = (row: number, column: number): number =>
  row >= column ? (row * (row + 1)) / 2 + column : (column * (column + 1)) / 2 + row;

/** All inner products of the vectors. */
export function gramOf(vectors: readonly Float32Array[]): Float64Array {
  const gram = new Float64Array(gramIndex(vectors.length, 0));
  let place = 0;
  for (const [row, left] of vectors.entries()) {
    for (let column = 0; column <= row; column++) gram[place++] = innerProduct(left, vectors[column] ?? left);
  }
  return gram;
}

/** Summed in float64, in four parts, which is several times as fast as in one. */
function innerProduct(left: Float32Array, right: Float32Array): number {
  const length = left.length;
  let [a, b, c, d] = [0, 0, 0, 0];
  let index = 0;
  for (; index + 3 < length; index += 4) {
    a += (left[index] ?? 0) * (right[index] ?? 0);
    b += (left[index + 1] ?? 0) * (right[index + 1] ?? 0);
    c += (left[index + 2] ?? 0) * (right[index + 2] ?? 0);
    d += (left[index + 3] ?? 0) * (right[index + 3] ?? 0);
  }
  for (; index < length; index++) a += (left[index] ?? 0) * (right[index] ?? 0);
  return a + b + c + d;
}
