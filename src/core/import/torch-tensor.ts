/** Turns a tensor's description and its stored bytes into plain numbers. */
import type { TorchDtype, TorchTensor } from './pickle-values.ts';
import { refuse } from './refusal.ts';

const MAX_ELEMENTS = 65_536;

const ELEMENT_BYTES: Readonly<Record<TorchDtype, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** Row-major, little-endian. Refuses (`tensor-invalid`, `too-large`) by throwing; see refusal.ts. */
export function tensorNumbers(tensor: TorchTensor, bytes: Uint8Array): number[] {
  const { shape, strides, offset, storage } = tensor;
  const count = shape.reduce((product, size) => product * size, 1);
  if (count > MAX_ELEMENTS) refuse('too-large', `A tensor in the file has ${count} numbers; a schedule has far fewer.`);
  if (count === 0) return [];
  const elementBytes = ELEMENT_BYTES[storage.dtype];
  const last = shape.reduce((index, size, axis) => index + (size - 1) * (strides[axis] ?? 0), offset);
  if (!Number.isSafeInteger(last) || (last + 1) * elementBytes > bytes.length) {
    refuse('tensor-invalid', 'A tensor in the file is larger than its stored numbers.');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, flat) => numberAt(view, elementIndex(tensor, flat) * elementBytes, storage.dtype));
}

function elementIndex({ shape, strides, offset }: TorchTensor, flat: number): number {
  let [index, rest] = [offset, flat];
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    const size = shape[axis] ?? 1;
    index += (rest % size) * (strides[axis] ?? 0);
    rest = Math.floor(rest / size);
  }
  return index;
}

function numberAt(view: DataView, byte: number, dtype: TorchDtype): number {
  switch (dtype) {
    case 'float64':
      return view.getFloat64(byte, true);
    case 'float32':
      return view.getFloat32(byte, true);
    case 'float16':
      return halfToNumber(view.getUint16(byte, true));
    case 'bfloat16':
      return bfloatToNumber(view.getUint16(byte, true));
    case 'int64':
      return Number(view.getBigInt64(byte, true));
    case 'int32':
      return view.getInt32(byte, true);
    case 'int16':
      return view.getInt16(byte, true);
    case 'int8':
      return view.getInt8(byte);
    case 'uint8':
      return view.getUint8(byte);
    case 'bool':
      return view.getUint8(byte) === 0 ? 0 : 1;
  }
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >>> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The upper half of a float32. */
function bfloatToNumber(bits: number): number {
  const scratch = new DataView(new ArrayBuffer(4));
  scratch.setUint16(0, bits, false);
  return scratch.getFloat32(0, false);
}
