/** Writes a zip file of stored entries as torch does, or with the given faults. For tests. */
import { crc32 } from '../crc32.ts';
import { utf8Encode } from '../utf8.ts';

export interface ZipFaults {
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly byteCount?: number;
  readonly entryCount?: number;
  readonly headerOffset?: number;
}

const littleEndian = (value: number, byteCount: number): number[] =>
  Array.from({ length: byteCount }, (_, index) => Math.floor(value / 2 ** (8 * index)) % 256);

export function writeZip(entries: Readonly<Record<string, Uint8Array>>, faults: ZipFaults = {}): Uint8Array<ArrayBuffer> {
  const body: number[] = [];
  const directory: number[] = [];
  for (const [name, content] of Object.entries(entries)) {
    const nameBytes = utf8Encode(name);
    const offset = faults.headerOffset ?? body.length;
    const sizes = [...littleEndian(faults.crc ?? crc32(content), 4)];
    const byteCount = littleEndian(faults.byteCount ?? content.length, 4);
    const common = [...littleEndian(faults.flags ?? 0, 2), ...littleEndian(faults.method ?? 0, 2), 0, 0, 0, 0];
    const tail = [...sizes, ...byteCount, ...byteCount, ...littleEndian(nameBytes.length, 2)];
    body.push(...littleEndian(0x04034b50, 4), 0, 0, ...common, ...tail, 0, 0, ...nameBytes, ...content);
    const zeros = Array.from({ length: 12 }, () => 0);
    directory.push(...littleEndian(0x02014b50, 4), 0, 0, 0, 0, ...common, ...tail, ...zeros, ...littleEndian(offset, 4), ...nameBytes);
  }
  const count = littleEndian(faults.entryCount ?? Object.keys(entries).length, 2);
  const end = [...littleEndian(0x06054b50, 4), 0, 0, 0, 0, ...count, ...count];
  return Uint8Array.from([...body, ...directory, ...end, ...littleEndian(directory.length, 4), ...littleEndian(body.length, 4), 0, 0]);
}
