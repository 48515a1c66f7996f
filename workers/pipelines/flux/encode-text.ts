/** Prompt → what FLUX's transformer is told of it: CLIP's pooled vector and T5's token embeddings. */
import type { FluxManifest } from '../../../src/protocol/manifest.ts';
import type { EncodeText } from '../encode-text.ts';
import { floatOutput, idsTensor } from '../graph-io.ts';
import type { GraphRunner } from '../graph-runner.ts';
import { createTokenise, oneHotAtEnd, tokenizerNamed } from '../tokenise.ts';
import type { TokenizersByName } from '../tokenise.ts';

export function createFluxEncodeText(runner: GraphRunner, { tokenizers, components }: FluxManifest, files: TokenizersByName): EncodeText {
  const tokeniseClip = createTokenise(tokenizerNamed(files, 'clip'), tokenizers.clip);
  const tokeniseT5 = createTokenise(tokenizerNamed(files, 't5'), tokenizers.t5);
  return async (prompt) => {
    const clipIds = tokeniseClip(prompt);
    const clip = await runner.run('clip', {
      input_ids: idsTensor(clipIds, components.clip),
      end_of_text: { data: oneHotAtEnd(clipIds, tokenizers.clip.endTokenId), dims: [1, clipIds.length] },
    });
    const t5 = await runner.run('t5', { input_ids: idsTensor(tokeniseT5(prompt), components.t5) });
    const pooled = floatOutput(clip, 'pooled');
    return { full: { pooled, prompt_embeds: floatOutput(t5, 'prompt_embeds') }, cached: { pooled } };
  };
}
