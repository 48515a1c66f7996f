/** A file on its way: its bytes in order, hashed and stored as they come. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { CodedError } from '../../src/protocol/errors.ts';
import type { BundleFile } from '../../src/protocol/manifest.ts';
import type { FileSink } from './model-store.ts';

/** Bytes gained, or lost by a restart; `isKept`: they were there from an earlier attempt. */
export type OnMoved = (bytes: number, isKept: boolean) => void;

export class FileTransfer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  #receivedBytes = 0;
  #validator: string | null;
  #hash = sha256.create();
  readonly #file: BundleFile;
  readonly #sink: FileSink;
  readonly #onMoved: OnMoved;

  /**
   * Goes on from what the sink holds.
   * @throws CodedError `out-of-memory`.
   */
  constructor(file: BundleFile, sink: FileSink, onMoved: OnMoved) {
    this.#file = file;
    this.#sink = sink;
    this.#onMoved = onMoved;
    this.#validator = sink.validator;
    this.bytes = allocate(file);
    if (sink.arrived.byteLength > 0 && sink.arrived.byteLength <= file.bytes) this.#count(sink.arrived, true);
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** What the server called the version of the bytes so far. */
  get validator(): string | null {
    return this.#validator;
  }

  get isWhole(): boolean {
    return this.#receivedBytes === this.#file.bytes;
  }

  /** The next byte is the file's first. */
  async restart(validator: string | null): Promise<void> {
    this.#onMoved(-this.#receivedBytes, false);
    this.#receivedBytes = 0;
    this.#validator = validator;
    this.#hash = sha256.create();
    await this.#sink.restart(validator);
  }

  /** False, and nothing taken, when the file would become longer than it may be. */
  take(piece: Uint8Array): boolean {
    if (this.#receivedBytes + piece.byteLength > this.#file.bytes) return false;
    this.#count(piece, false);
    this.#sink.append(piece);
    return true;
  }

  /** Of all bytes so far, lower-case hex. */
  digest(): string {
    return bytesToHex(this.#hash.clone().digest());
  }

  #count(piece: Uint8Array, isKept: boolean): void {
    this.bytes.set(piece, this.#receivedBytes);
    this.#hash.update(piece);
    this.#receivedBytes += piece.byteLength;
    this.#onMoved(piece.byteLength, isKept);
  }
}

/** @throws CodedError `out-of-memory`. */
function allocate({ file, bytes }: BundleFile): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (error) {
    throw new CodedError('out-of-memory', `${file}: the browser gives no ${bytes} bytes`, { cause: error });
  }
}
