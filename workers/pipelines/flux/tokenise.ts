/** Prompt → token ids as diffusers' FluxPipeline makes them: padded to the model's length, cut at its end token. */
import { Tokenizer } from '@huggingface/tokenizers';
import type { TokenizerComponent } from '../../../src/protocol/manifest.ts';

/** The parsed `tokenizer.json` and `tokenizer_config.json`. */
export interface TokenizerFiles {
  readonly tokenizer: object;
  readonly config: object;
}

/** prompt → exactly `maxTokens` ids. */
export type Tokenise = (prompt: string) => readonly number[];

export function createTokenise(files: TokenizerFiles, component: TokenizerComponent): Tokenise {
  const tokenizer = new Tokenizer(files.tokenizer, files.config);
  return (prompt) => padOrCut(tokenizer.encode(prompt).ids, component);
}

/** A prompt too long loses its tail but keeps the end token, as transformers' truncation does. */
export function padOrCut(
  ids: readonly number[],
  { maxTokens, padTokenId, endTokenId }: Pick<TokenizerComponent, 'maxTokens' | 'padTokenId' | 'endTokenId'>,
): readonly number[] {
  if (ids.length > maxTokens) return [...ids.slice(0, maxTokens - 1), endTokenId];
  return [...ids, ...Array.from({ length: maxTokens - ids.length }, () => padTokenId)];
}

/**
 * 1 at the first `endTokenId`, 0 elsewhere; CLIP's pooled text is the hidden state there. Padding may be the
 * same token, so the first one counts.
 */
export function oneHotAtEnd(ids: readonly number[], endTokenId: number): Float32Array {
  const oneHot = new Float32Array(ids.length);
  const end = ids.indexOf(endTokenId);
  if (end < 0) throw new Error('The token ids hold no end token');
  oneHot[end] = 1;
  return oneHot;
}
