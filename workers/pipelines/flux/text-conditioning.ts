/** Prompt → what FLUX's transformer is told of it: CLIP's pooled vector and T5's token embeddings. */
import type { GraphComponent, Manifest } from '../../../src/protocol/manifest.ts';
import type { GraphRunner, HostTensor } from '../graph-runner.ts';
import { floatOutput } from './graph-io.ts';
import type { FloatTensor } from './graph-io.ts';
import { createTokenise, oneHotAtEnd } from './tokenise.ts';
import type { TokenizerFiles } from './tokenise.ts';

export interface TextConditioning {
  /** [1, pooled channels]. */
  readonly pooled: FloatTensor;
  /** [1, T5 tokens, channels]. */
  readonly promptEmbeds: FloatTensor;
}

export type EncodeText = (prompt: string) => Promise<TextConditioning>;

export function createEncodeText(
  runner: GraphRunner,
  manifest: Manifest,
  tokenizers: { readonly clip: TokenizerFiles; readonly t5: TokenizerFiles },
): EncodeText {
  const tokeniseClip = createTokenise(tokenizers.clip, manifest.tokenizers.clip);
  const tokeniseT5 = createTokenise(tokenizers.t5, manifest.tokenizers.t5);
  return async (prompt) => {
    const clipIds = tokeniseClip(prompt);
    const clip = await runner.run('clip', {
      input_ids: idsTensor(clipIds, manifest.components.clip),
      end_of_text: {
        data: oneHotAtEnd(clipIds, manifest.tokenizers.clip.endTokenId),
        dims: [1, clipIds.length],
      },
    });
    const t5 = await runner.run('t5', { input_ids: idsTensor(tokeniseT5(prompt), manifest.components.t5) });
    return { pooled: floatOutput(clip, 'pooled'), promptEmbeds: floatOutput(t5, 'prompt_embeds') };
  };
}

/** [1, ids], in the integer type the graph asks for. */
function idsTensor(ids: readonly number[], component: GraphComponent): HostTensor {
  const port = component.inputs.find(({ name }) => name === 'input_ids');
  const data = port?.dtype === 'int64' ? BigInt64Array.from(ids, BigInt) : Int32Array.from(ids);
  return { data, dims: [1, ids.length] };
}
