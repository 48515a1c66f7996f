/** Reads a file's bytes in order and never beyond their end. */
import type { RefusalCode } from './refusal.ts';
import { refuse } from './refusal.ts';

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #code: RefusalCode;
  #position: number;

  /** @param code of the refusal when the bytes end too early. */
  constructor(bytes: Uint8Array, code: RefusalCode, position = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#code = code;
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  /** A view of the next `count` bytes, not a copy. */
  take(count: number): Uint8Array {
    const start = this.#advance(count);
    return this.#bytes.subarray(start, start + count);
  }

  /** The bytes up to the next `end`, which is passed over. At most `maxCount`. */
  takeUntil(end: number, maxCount: number): Uint8Array {
    const window = this.#bytes.subarray(this.#position, this.#position + maxCount + 1);
    const count = window.indexOf(end);
    if (count < 0) refuse(this.#code, 'A text in the file has no end.');
    this.#advance(count + 1);
    return window.subarray(0, count);
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  uint32BigEndian(): number {
    return this.#view.getUint32(this.#advance(4), false);
  }

  float64BigEndian(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** @returns the position before. */
  #advance(count: number): number {
    const start = this.#position;
    if (count < 0 || start < 0 || count > this.#bytes.length - start) refuse(this.#code, 'The file ends too early.');
    this.#position = start + count;
    return start;
  }
}
