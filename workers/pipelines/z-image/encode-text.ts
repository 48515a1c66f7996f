/** Prompt → what Z-Image's transformer is told of it: Qwen's hidden states of the prompt inside its chat template. */
import type { ZImageManifest } from '../../../src/protocol/manifest.ts';
import type { EncodeText } from '../encode-text.ts';
import { floatOutput, idsTensor } from '../graph-io.ts';
import type { GraphRunner } from '../graph-runner.ts';
import { createChatTokenise, tokenizerNamed } from '../tokenise.ts';
import type { TokenizersByName } from '../tokenise.ts';
import { captionFeeds } from './caption.ts';

export function createZImageEncodeText(runner: GraphRunner, { tokenizers, components, caption }: ZImageManifest, files: TokenizersByName): EncodeText {
  const tokenise = createChatTokenise(tokenizerNamed(files, 'text'), tokenizers.text);
  return async (prompt) => {
    const ids = tokenise(prompt);
    const { padTokenId, maxTokens } = tokenizers.text;
    const padded = [...ids, ...Array.from({ length: maxTokens - ids.length }, () => padTokenId)];
    const outputs = await runner.run('textEncoder', { input_ids: idsTensor(padded, components.textEncoder) });
    return { full: captionFeeds(floatOutput(outputs, 'prompt_embeds').data, ids.length, caption), cached: {} };
  };
}
