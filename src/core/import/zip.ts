/** The part of zip that torch.save writes: one disk, stored entries, no encryption. Read by the central directory. */
import { ByteReader } from './byte-reader.ts';
import { crc32 } from './crc32.ts';
import { MAX_SOURCE_BYTES } from './policy-kind.ts';
import { refuse } from './refusal.ts';
import { utf8Decode } from './utf8.ts';

const MAX_ENTRIES = 1000;

const END_SIGNATURE = 0x06054b50;
const DIRECTORY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const ENCRYPTED_FLAG = 1;
/** These values in the end record say that the true ones stand in a zip64 record. */
const BEYOND_16_BITS = 0xffff;
const BEYOND_32_BITS = 0xffffffff;

interface ZipEntry {
  readonly name: string;
  readonly crc: number;
  readonly byteCount: number;
  readonly headerOffset: number;
}

export interface ZipArchive {
  readonly names: readonly string[];
  /** A view of the entry's bytes, their CRC checked; null when there is no such entry. Refuses what is damaged. */
  read(name: string): Uint8Array | null;
}

/** Refuses (`zip-invalid`, `zip-unsupported`, `too-large`) by throwing; see refusal.ts. */
export function openZip(bytes: Uint8Array): ZipArchive {
  if (bytes.length > MAX_SOURCE_BYTES) refuse('too-large', `The file has ${bytes.length} bytes; a schedule has far fewer.`);
  const entries = readDirectory(bytes);
  return {
    names: [...entries.keys()],
    read: (name) => {
      const entry = entries.get(name);
      return entry === undefined ? null : readEntry(bytes, entry);
    },
  };
}

function readDirectory(bytes: Uint8Array): Map<string, ZipEntry> {
  const { entryCount, directoryBytes, directoryOffset } = readEnd(bytes);
  const reader = new ByteReader(bytes.subarray(directoryOffset, directoryOffset + directoryBytes), 'zip-invalid');
  const entries = new Map<string, ZipEntry>();
  let totalBytes = 0;
  for (let index = 0; index < entryCount; index += 1) {
    const entry = readDirectoryEntry(reader);
    if (entries.has(entry.name)) refuse('zip-invalid', `The zip file names “${shortened(entry.name)}” twice.`);
    entries.set(entry.name, entry);
    totalBytes += entry.byteCount;
  }
  // Honest entries do not overlap; overlapping ones would make a small file a lot of work.
  if (totalBytes > bytes.length) refuse('zip-invalid', 'The parts of the zip file are larger than the file itself.');
  return entries;
}

function readEnd(bytes: Uint8Array): { entryCount: number; directoryBytes: number; directoryOffset: number } {
  const endOffset = findEnd(bytes);
  const reader = new ByteReader(bytes, 'zip-invalid', endOffset + 4);
  const [disk, directoryDisk, entriesOnDisk, entryCount] = [reader.uint16(), reader.uint16(), reader.uint16(), reader.uint16()];
  const [directoryBytes, directoryOffset] = [reader.uint32(), reader.uint32()];
  if (entryCount === BEYOND_16_BITS || directoryBytes === BEYOND_32_BITS || directoryOffset === BEYOND_32_BITS) {
    refuse('zip-unsupported', 'The zip file is of the kind for very large files.');
  }
  if (disk !== 0 || directoryDisk !== 0 || entriesOnDisk !== entryCount) {
    refuse('zip-unsupported', 'The zip file is one part of several.');
  }
  if (entryCount > MAX_ENTRIES) refuse('too-large', `The zip file has ${entryCount} parts; a schedule has far fewer.`);
  if (directoryOffset + directoryBytes > endOffset) refuse('zip-invalid', 'The zip file’s list of contents is not where it should be.');
  return { entryCount, directoryBytes, directoryOffset };
}

function findEnd(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const last = bytes.length - END_BYTES;
  for (let offset = last; offset >= 0 && offset >= last - MAX_COMMENT_BYTES; offset -= 1) {
    if (view.getUint32(offset, true) === END_SIGNATURE && view.getUint16(offset + 20, true) === last - offset) return offset;
  }
  return refuse('zip-invalid', 'This is not a zip file, or its end is missing.');
}

function readDirectoryEntry(reader: ByteReader): ZipEntry {
  if (reader.uint32() !== DIRECTORY_SIGNATURE) refuse('zip-invalid', 'The zip file’s list of contents is damaged.');
  reader.take(4);
  const [flags, method] = [reader.uint16(), reader.uint16()];
  reader.take(4);
  const [crc, storedBytes, byteCount] = [reader.uint32(), reader.uint32(), reader.uint32()];
  const [nameBytes, extraBytes, commentBytes] = [reader.uint16(), reader.uint16(), reader.uint16()];
  reader.take(8);
  const headerOffset = reader.uint32();
  const name = utf8Decode(reader.take(nameBytes));
  reader.take(extraBytes + commentBytes);
  if ((flags & ENCRYPTED_FLAG) !== 0) refuse('zip-unsupported', `“${shortened(name)}” is encrypted.`);
  if (method !== 0) refuse('zip-unsupported', `“${shortened(name)}” is compressed; torch stores its parts as they are.`);
  if (storedBytes !== byteCount) refuse('zip-invalid', `“${shortened(name)}” has two sizes.`);
  return { name, crc, byteCount, headerOffset };
}

function readEntry(bytes: Uint8Array, { name, crc, byteCount, headerOffset }: ZipEntry): Uint8Array {
  if (headerOffset > bytes.length) refuse('zip-invalid', `“${shortened(name)}” lies outside the file.`);
  const reader = new ByteReader(bytes, 'zip-invalid', headerOffset);
  if (reader.uint32() !== LOCAL_SIGNATURE) refuse('zip-invalid', `“${shortened(name)}” is not where it should be.`);
  reader.take(22);
  const [nameBytes, extraBytes] = [reader.uint16(), reader.uint16()];
  reader.take(nameBytes + extraBytes);
  const content = reader.take(byteCount);
  if (crc32(content) !== crc) refuse('zip-invalid', `“${shortened(name)}” is damaged.`);
  return content;
}

const shortened = (name: string): string => (name.length > 60 ? `${name.slice(0, 60)}…` : name);
