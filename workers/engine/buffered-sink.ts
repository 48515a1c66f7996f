/** A sink for stores that take a file only as one: pieces wait in memory until it is closed. */
import type { FileSink } from './model-store.ts';

type Piece = Uint8Array<ArrayBuffer>;

/** @param save called once, at closing, when anything changed. */
export function bufferedSink(
  arrived: Piece,
  validator: string | null,
  save: (pieces: readonly Piece[], validator: string | null) => Promise<void>,
): FileSink {
  let pieces: Piece[] = [arrived];
  let current = validator;
  let isChanged = false;
  return {
    arrived,
    validator,
    restart(next) {
      pieces = [];
      current = next;
      isChanged = true;
      return Promise.resolve();
    },
    append(piece) {
      pieces.push(piece.slice());
      isChanged = true;
    },
    async close() {
      if (isChanged) await save(pieces, current);
    },
  };
}

export function joined(pieces: readonly Piece[]): Piece {
  const bytes = new Uint8Array(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let end = 0;
  for (const piece of pieces) {
    bytes.set(piece, end);
    end += piece.byteLength;
  }
  return bytes;
}
