/** Takes a PNG file apart into its chunks, every length and checksum verified, and puts one together. */
import { ByteReader } from '../import/byte-reader.ts';
import { crc32 } from '../import/crc32.ts';
import { refuse } from '../import/refusal.ts';

export interface PngChunk {
  /** Four letters, e.g. `IDAT`. */
  readonly type: string;
  readonly data: Uint8Array;
  /** Length, type, data and checksum, as in the file. */
  readonly whole: Uint8Array;
}

export const MAX_PNG_BYTES = 32 * 2 ** 20;
const MAX_CHUNKS = 20_000;
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const HEADER_BYTES = 13;
/** Length, type and checksum. */
const FRAME_BYTES = 12;

/** Refuses (`png-invalid`, `too-large`) by throwing; see refusal.ts. */
export function readPngChunks(bytes: Uint8Array): PngChunk[] {
  if (bytes.length > MAX_PNG_BYTES) refuse('too-large', `The picture has ${bytes.length} bytes; ${MAX_PNG_BYTES} are the most.`);
  if (SIGNATURE.some((byte, index) => bytes[index] !== byte)) refuse('png-invalid', 'This is not a PNG file.');
  const reader = new ByteReader(bytes, 'png-invalid', SIGNATURE.length);
  const chunks: PngChunk[] = [];
  do {
    if (chunks.length >= MAX_CHUNKS) refuse('too-large', 'The picture has too many parts.');
    chunks.push(readChunk(bytes, reader));
  } while (chunks.at(-1)?.type !== 'IEND');
  if (reader.remaining > 0) refuse('png-invalid', 'The picture goes on after its end.');
  checkOrder(chunks);
  return chunks;
}

function readChunk(bytes: Uint8Array, reader: ByteReader): PngChunk {
  const start = reader.position;
  const length = reader.uint32BigEndian();
  if (length > reader.remaining) refuse('png-invalid', 'The picture ends too early.');
  const typeBytes = reader.take(4);
  const type = String.fromCharCode(...typeBytes);
  if (!/^[A-Za-z]{4}$/.test(type)) refuse('png-invalid', 'A part of the picture has no proper name.');
  const data = reader.take(length);
  const sum = crc32(bytes.subarray(start + 4, start + 8 + length));
  if (reader.uint32BigEndian() !== sum) refuse('png-invalid', `The picture is damaged (in its part ${type}).`);
  return { type, data, whole: bytes.subarray(start, reader.position) };
}

function checkOrder(chunks: readonly PngChunk[]): void {
  const [header] = chunks;
  if (header?.type !== 'IHDR' || header.data.length !== HEADER_BYTES) refuse('png-invalid', 'The picture does not start as a PNG file does.');
  if (chunks.filter(({ type }) => type === 'IHDR').length > 1) refuse('png-invalid', 'The picture starts twice.');
  if (chunks.at(-1)?.data.length !== 0) refuse('png-invalid', 'The picture does not end as a PNG file does.');
  const pixels = chunks.flatMap(({ type }, index) => (type === 'IDAT' ? [index] : []));
  const [first, last] = [pixels[0], pixels.at(-1)];
  if (first === undefined || last === undefined) refuse('png-invalid', 'The picture has no pixels.');
  if (last - first !== pixels.length - 1) refuse('png-invalid', 'The picture’s pixels do not stand together.');
}

/** @param type four ASCII letters. */
export function makePngChunk(type: string, data: Uint8Array): PngChunk {
  const whole = new Uint8Array(FRAME_BYTES + data.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, data.length, false);
  for (let index = 0; index < 4; index += 1) whole[4 + index] = type.charCodeAt(index);
  whole.set(data, 8);
  view.setUint32(8 + data.length, crc32(whole.subarray(4, 8 + data.length)), false);
  return { type, data, whole };
}

export function joinPngChunks(chunks: readonly PngChunk[]): Uint8Array<ArrayBuffer> {
  const length = chunks.reduce((sum, { whole }) => sum + whole.length, SIGNATURE.length);
  const bytes = new Uint8Array(length);
  bytes.set(SIGNATURE);
  let position = SIGNATURE.length;
  for (const { whole } of chunks) {
    bytes.set(whole, position);
    position += whole.length;
  }
  return bytes;
}
