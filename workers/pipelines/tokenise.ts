/** Prompt → token ids as diffusers' pipelines make them. */
import { Tokenizer } from '@huggingface/tokenizers';
import type { ChatTokenizerComponent, TokenizerComponent } from '../../src/protocol/manifest.ts';

/** The parsed `tokenizer.json` and `tokenizer_config.json`. */
export interface TokenizerFiles {
  readonly tokenizer: object;
  readonly config: object;
}

/** By the manifest's names. */
export type TokenizersByName = Readonly<Record<string, TokenizerFiles>>;

export function tokenizerNamed(files: TokenizersByName, name: string): TokenizerFiles {
  const found = files[name];
  if (found === undefined) throw new Error(`The bundle has no tokenizer ${name}`);
  return found;
}

export type Tokenise = (prompt: string) => readonly number[];


/** Exactly `maxTokens` ids: padded, or cut but with the end token kept. */
export function createTokenise(files: TokenizerFiles, component: TokenizerComponent): Tokenise {
  const tokenizer = new Tokenizer(files.tokenizer, files.config);
  return (prompt) => padOrCut(tokenizer.encode(prompt).ids, component);
}

/** The prompt inside its template, at most `maxTokens` ids, not padded: a long prompt loses its tail and the template's. */
export function createChatTokenise(files: TokenizerFiles, { prefix, suffix, maxTokens }: ChatTokenizerComponent): Tokenise {
  const tokenizer = new Tokenizer(files.tokenizer, files.config);
  return (prompt) => tokenizer.encode(prefix + prompt + suffix).ids.slice(0, maxTokens);
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
