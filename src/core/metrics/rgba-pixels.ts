/** A picture of 8-bit red, green, blue and alpha values, row by row. */
export interface RgbaPixels {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

/** Throws a RangeError unless both are well-formed and of one size. */
export function requireSameSize(reference: RgbaPixels, candidate: RgbaPixels): void {
  for (const { width, height, data } of [reference, candidate]) {
    if (width < 1 || height < 1 || data.length !== width * height * 4) {
      throw new RangeError(`${data.length} values are not a picture of ${width} × ${height}.`);
    }
  }
  if (reference.width !== candidate.width || reference.height !== candidate.height) {
    throw new RangeError(`Cannot compare ${reference.width} × ${reference.height} with ${candidate.width} × ${candidate.height}.`);
  }
}
