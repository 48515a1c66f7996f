/** Which words of a prompt the model never met in training. */

/** The part of a manifest that is needed: phrases by group. */
export interface Vocabulary {
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

/** Letters and digits of any script, with apostrophes inside; hyphens part words. */
const WORD = /[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu;

/** A word that nothing has ended yet. */
const OPEN_END = /[\p{L}\p{N}'’]$/u;

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(WORD) ?? [];

const knownWords = ({ groups }: Vocabulary): ReadonlySet<string> => new Set(Object.values(groups).flat().flatMap(wordsOf));

/** Lower-case, each once, in the prompt's order. Empty when the model lists no words. */
export function unknownWords(prompt: string, vocabulary: Vocabulary): readonly string[] {
  const known = knownWords(vocabulary);
  if (known.size === 0) return [];
  return [...new Set(wordsOf(prompt))].filter((word) => !known.has(word));
}

/** As `unknownWords`, but the last word may still become a known one: it counts when no known word begins with it. */
export function unknownWordsWhileTyping(prompt: string, vocabulary: Vocabulary): readonly string[] {
  const unknown = unknownWords(prompt, vocabulary);
  const words = wordsOf(prompt);
  const last = words.at(-1);
  const isAgain = last !== undefined && words.indexOf(last) < words.length - 1;
  if (last === undefined || isAgain || !OPEN_END.test(prompt)) return unknown;
  const mayBecomeKnown = [...knownWords(vocabulary)].some((word) => word.startsWith(last));
  return mayBecomeKnown ? unknown.filter((word) => word !== last) : unknown;
}
