/** Raw deflate by the browser's own streams, for share links. */
import type { Deflate } from '../core/recipe/share-link.ts';

/** Null where the browser has none; links are then only longer. */
export const browserDeflate: Deflate | null =
  typeof CompressionStream === 'undefined' || typeof DecompressionStream === 'undefined'
    ? null
    : {
        compress: (bytes) => collect(bytes, new CompressionStream('deflate-raw'), Infinity),
        expand: (bytes, maxBytes) => collect(bytes, new DecompressionStream('deflate-raw'), maxBytes),
      };

/** Stops reading as soon as there is too much: a small link may expand to gigabytes. */
async function collect(
  bytes: Uint8Array<ArrayBuffer>,
  through: CompressionStream | DecompressionStream,
  maxBytes: number,
): Promise<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough(through).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    length += read.value.length;
    if (length > maxBytes) {
      // Not awaited: nothing more is wanted of it, not even that it ends.
      reader.cancel().catch(() => {});
      throw new RangeError(`More than ${maxBytes} bytes.`);
    }
    parts.push(read.value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
