/** Which words of a prompt the model never met in training. */
import type { Manifest } from '../../../src/protocol/manifest.ts';

/** Letters and digits of any script, with apostrophes inside; hyphens part words. */
const WORD = /[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu;

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(WORD) ?? [];

/** Lower-case, each once, in the prompt's order. Empty when the manifest lists no words. */
export function unknownWords(prompt: string, vocabulary: Manifest['vocabulary']): readonly string[] {
  const known = new Set(Object.values(vocabulary.groups).flat().flatMap(wordsOf));
  if (known.size === 0) return [];
  return [...new Set(wordsOf(prompt))].filter((word) => !known.has(word));
}
