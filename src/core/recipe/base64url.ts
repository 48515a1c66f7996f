/** base64url (RFC 4648 §5) without padding, one text for each byte sequence. */
import { refuse } from '../import/refusal.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VALUES: ReadonlyMap<string, number> = new Map(Array.from(ALPHABET, (letter, value) => [letter, value]));

export function base64urlEncode(bytes: Uint8Array): string {
  let text = '';
  let [pending, bitCount] = [0, 0];
  for (const byte of bytes) {
    pending = ((pending << 8) | byte) & 0xffff;
    bitCount += 8;
    for (; bitCount >= 6; bitCount -= 6) text += ALPHABET[(pending >>> (bitCount - 6)) & 63] ?? '';
  }
  return bitCount === 0 ? text : text + (ALPHABET[(pending << (6 - bitCount)) & 63] ?? '');
}

/** Refuses (`link-invalid`) by throwing: a letter outside the alphabet, a cut text, or bits set beyond the last byte. */
export function base64urlDecode(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let [pending, bitCount, length] = [0, 0, 0];
  for (const letter of text) {
    const value = VALUES.get(letter) ?? refuse('link-invalid', 'The link holds a letter that such links never have.');
    pending = ((pending << 6) | value) & 0xffff;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[length] = (pending >>> bitCount) & 0xff;
    length += 1;
  }
  if (bitCount >= 6 || (pending & ((1 << bitCount) - 1)) !== 0) refuse('link-invalid', 'The link was cut off or changed.');
  return bytes;
}
