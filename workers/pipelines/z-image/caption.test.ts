import { describe, expect, it } from 'vitest';
import { captionFeeds } from './caption.ts';

const slots = { slots: 8, multiple: 4, channels: 2 };
/** Token t holds t + 1 twice. */
const embeddings = Float32Array.from({ length: 16 }, (_, index) => Math.floor(index / 2) + 1);
const firstOfEach = (tensor: Float32Array): number[] => [...tensor].filter((_, index) => index % 2 === 0);

describe('captionFeeds', () => {
  it.each([
    [3, [0, 0, 0, 0, 1, 2, 3, 0], [0, 0, 0, 0, 0, 0, 0, 1], [1, 1, 1, 1, 0, 0, 0, 0]],
    [4, [0, 0, 0, 0, 1, 2, 3, 4], [0, 0, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]],
    [5, [1, 2, 3, 4, 5, 0, 0, 0], [0, 0, 0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 0, 0, 0]],
    [8, [1, 2, 3, 4, 5, 6, 7, 8], [0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0]],
  ])('puts %i tokens at the end, filled to a multiple', (tokenCount, words, fill, absent) => {
    const feeds = captionFeeds(embeddings, tokenCount, slots);
    expect(firstOfEach(feeds['prompt_embeds']?.data ?? new Float32Array())).toEqual(words);
    expect([...(feeds['caption_fill']?.data ?? [])]).toEqual(fill);
    expect([...(feeds['caption_absent']?.data ?? [])]).toEqual(absent);
  });

  it.each([0, 9])('refuses %i tokens', (tokenCount) => {
    expect(() => captionFeeds(embeddings, tokenCount, slots)).toThrow(RangeError);
  });

  it('refuses embeddings of another size', () => {
    expect(() => captionFeeds(embeddings.subarray(2), 3, slots)).toThrow(RangeError);
  });
});
