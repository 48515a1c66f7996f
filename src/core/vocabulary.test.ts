import { describe, expect, it } from 'vitest';
import { unknownWords, unknownWordsWhileTyping } from './vocabulary.ts';

const vocabulary = {
  groups: { shapes: ['sphere', 'cube'], colours: ['red', 'blue'], relations: ['to the left of', 'a', 'and'] },
};

describe('unknownWords', () => {
  it('finds none among known words, whatever their case and punctuation', () => {
    expect(unknownWords('A RED sphere, to the left of a blue cube.', vocabulary)).toEqual([]);
  });

  it('lists unknown words lower-case, once, in the prompt’s order', () => {
    expect(unknownWords('A Zebra and a red cat, a zebra’s cat', vocabulary)).toEqual(['zebra', 'cat', 'zebra’s']);
  });

  it('looks at both parts of a hyphenated word', () => {
    expect(unknownWords('red-blue cube-like', vocabulary)).toEqual(['like']);
  });

  it('says nothing when the model lists no words', () => {
    expect(unknownWords('anything at all', { groups: {} })).toEqual([]);
    expect(unknownWords('anything at all', { groups: { shapes: [] } })).toEqual([]);
  });
});

describe('unknownWordsWhileTyping', () => {
  it.each<[string, readonly string[]]>([
    ['a sph', []],
    ['a zeb', ['zeb']],
    ['a sph ', ['sph']],
    ['a sph,', ['sph']],
    ['sph and a sph', ['sph']],
    ['a zebra and a cub', ['zebra']],
    ['a sphere', []],
    ['', []],
  ])('waits for the last word of “%s” as long as it may become a known one', (prompt, words) => {
    expect(unknownWordsWhileTyping(prompt, vocabulary)).toEqual(words);
  });
});
