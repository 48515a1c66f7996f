/** What kind of policy file the bytes are, by what is in them; names lie. */
import { CACHE_DIT_PRESETS } from './cache-dit.ts';
import { utf8Decode } from './utf8.ts';

/** Schedules are a few kilobytes; this is for files that carry a long search history too. */
export const MAX_SOURCE_BYTES = 16 * 2 ** 20;

/** `torch`: written by torch.save. `cache-dit`: a mask or a preset's name. `policy`: ours, or nothing known. */
export type PolicyFileKind = 'torch' | 'cache-dit' | 'policy';

const ZIP_START = [0x50, 0x4b];
/** Any pickle of protocol 2 and up; torch.save wrote bare ones before 2020. */
const PICKLE_START = [0x80];

/** A mask with a configuration around it is short; a policy of ours says what it is early. */
const LOOKED_AT_BYTES = 100_000;

export function policyFileKind(bytes: Uint8Array): PolicyFileKind {
  const startsWith = (start: readonly number[]): boolean => start.every((byte, index) => bytes[index] === byte);
  if (startsWith(ZIP_START) || startsWith(PICKLE_START)) return 'torch';
  return bytes.length <= LOOKED_AT_BYTES && isMaskText(leniently(bytes)) ? 'cache-dit' : 'policy';
}

/** Of a text, whether it is meant as a mask, sound or not. */
export function isMaskText(text: string): boolean {
  const word = text.trim();
  return CACHE_DIT_PRESETS.includes(word) || /^[01\s,]+$/.test(word) || word.startsWith('[') || /"steps_computation_mask"\s*:/.test(word);
}

/** Bytes that are no text are no mask either. */
function leniently(bytes: Uint8Array): string {
  try {
    return utf8Decode(bytes);
  } catch {
    return '';
  }
}
