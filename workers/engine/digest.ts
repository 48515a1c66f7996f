/** sha256 of bytes that are all there, lower-case hex: the browser's own code, several times faster than ours. */
import { bytesToHex } from '@noble/hashes/utils.js';

/** Needs a secure context, as everything does that could have stored the bytes. */
export const digestOf = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  bytesToHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
