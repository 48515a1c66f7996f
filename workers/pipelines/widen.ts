/** Widens weight blobs stored as float16 to float32. Every half is a float32 value, so this is exact. */

const HALF_VALUES = 1 << 16;
const FLOAT32_EXPONENT_SHIFT = 23;
const HALF_EXPONENT_SHIFT = 10;
const MANTISSA_SHIFT = FLOAT32_EXPONENT_SHIFT - HALF_EXPONENT_SHIFT;
/** float32's exponent bias minus float16's. */
const BIAS_DIFFERENCE = 127 - 15;

/** The float32 bit pattern of the half with bit pattern `half`. */
function widenBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> HALF_EXPONENT_SHIFT) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return (sign | 0x7f800000 | (mantissa << MANTISSA_SHIFT)) >>> 0;
  if (exponent !== 0) {
    return (sign | ((exponent + BIAS_DIFFERENCE) << FLOAT32_EXPONENT_SHIFT) | (mantissa << MANTISSA_SHIFT)) >>> 0;
  }
  if (mantissa === 0) return sign >>> 0;
  // Subnormal: mantissa · 2⁻²⁴. Move its leading one to bit 10, where float32 keeps it implicitly.
  const shift = Math.clz32(mantissa) - (31 - HALF_EXPONENT_SHIFT);
  const normalMantissa = (mantissa << shift) & 0x3ff;
  return (
    (sign | ((1 - shift + BIAS_DIFFERENCE) << FLOAT32_EXPONENT_SHIFT) | (normalMantissa << MANTISSA_SHIFT)) >>> 0
  );
}

let table: Uint32Array | null = null;

function halfToFloat32Bits(): Uint32Array {
  if (table === null) {
    table = new Uint32Array(HALF_VALUES);
    for (let half = 0; half < HALF_VALUES; half += 1) table[half] = widenBits(half);
  }
  return table;
}

/**
 * Little-endian halves → little-endian float32, twice the bytes, in order.
 * @throws RangeError on an odd number of bytes.
 */
export function widenHalves(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.byteLength % 2 !== 0) throw new RangeError(`A float16 blob of ${bytes.byteLength} bytes is cut in half`);
  // A view must start at an even offset; a copy costs less than a DataView a value.
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  const halves = new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
  const bits = halfToFloat32Bits();
  const singles = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index += 1) {
    singles[index] = bits[halves[index] as number] as number;
  }
  return new Uint8Array(singles.buffer);
}
