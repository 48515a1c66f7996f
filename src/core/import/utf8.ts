/** Strict UTF-8 by way of the percent coding, the only UTF-8 codec that the language itself has. */
import { refuse } from './refusal.ts';

/** Refused with `text-invalid`: half a surrogate pair, which UTF-8 cannot carry. */
export function utf8Encode(text: string): Uint8Array<ArrayBuffer> {
  let coded: string;
  try {
    coded = encodeURIComponent(text);
  } catch {
    return refuse('text-invalid', 'The text holds half a character, which cannot be stored.');
  }
  const bytes = new Uint8Array(coded.length);
  let count = 0;
  for (let index = 0; index < coded.length; index += 1) {
    if (coded[index] === '%') {
      bytes[count] = Number.parseInt(coded.slice(index + 1, index + 3), 16);
      index += 2;
    } else {
      bytes[count] = coded.charCodeAt(index);
    }
    count += 1;
  }
  return bytes.slice(0, count);
}

const PERCENT = Array.from({ length: 256 }, (_, byte) =>
  byte < 0x80 && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`,
);

/** Small enough to be the arguments of one call. */
const BLOCK_BYTES = 4096;

/** Refused with `text-invalid`: anything that is not UTF-8. */
export function utf8Decode(bytes: Uint8Array): string {
  if (bytes.every((byte) => byte < 0x80)) return asciiDecode(bytes);
  let coded = '';
  for (const byte of bytes) coded += PERCENT[byte] ?? '';
  try {
    return decodeURIComponent(coded);
  } catch {
    return refuse('text-invalid', 'The text in it is not UTF-8.');
  }
}

function asciiDecode(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    text += String.fromCharCode(...bytes.subarray(start, start + BLOCK_BYTES));
  }
  return text;
}
