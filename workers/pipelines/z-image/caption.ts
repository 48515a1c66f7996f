/**
 * A caption of any length in Z-Image's fixed slots. The model fills a caption up to a multiple of 32 tokens; the graphs
 * take as many slots as the longest has, the caption at their end (training/export/z_image_graphs.py says why).
 */
import type { ZImageManifest } from '../../../src/protocol/manifest.ts';
import type { BranchFeeds } from '../denoiser-inputs.ts';

/**
 * @param embeddings [1, slots, channels] of the encoder, the first `tokenCount` of them meant.
 * @throws RangeError when they do not fit the slots.
 */
export function captionFeeds(
  embeddings: Float32Array,
  tokenCount: number,
  { slots, multiple, channels }: ZImageManifest['caption'],
): BranchFeeds['full'] {
  if (embeddings.length !== slots * channels || tokenCount < 1 || tokenCount > slots) {
    throw new RangeError(`${embeddings.length} values and ${tokenCount} tokens do not fit ${slots} slots of ${channels}`);
  }
  const filled = Math.ceil(tokenCount / multiple) * multiple;
  const start = slots - filled;
  const inSlots = new Float32Array(slots * channels);
  inSlots.set(embeddings.subarray(0, tokenCount * channels), start * channels);
  const dims = [1, slots];
  return {
    prompt_embeds: { data: inSlots, dims: [1, slots, channels] },
    caption_fill: { data: new Float32Array(slots).fill(1, start + tokenCount), dims },
    caption_absent: { data: new Float32Array(slots).fill(1, 0, start), dims },
  };
}
