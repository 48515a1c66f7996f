import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FluxManifest, ZImageManifest } from '../../src/protocol/manifest.ts';
import { createChatTokenise, createTokenise, oneHotAtEnd, padOrCut } from './tokenise.ts';
import type { Tokenise } from './tokenise.ts';

const root = new URL('../../', import.meta.url);
const readJson = (path: string): unknown => JSON.parse(readFileSync(new URL(path, root), 'utf8'));

interface ParityCase {
  readonly name: string;
  readonly prompt: string;
  readonly tokenIds: { readonly clip: readonly number[]; readonly t5: readonly number[] };
}

const { cases } = readJson('e2e/fixtures/parity/micro/index.json') as { cases: readonly ParityCase[] };
const manifest = readJson('public/models/micro/manifest.json') as FluxManifest;

function tokeniseWith(name: 'clip' | 't5'): Tokenise {
  const component = manifest.tokenizers[name];
  const read = (file: string): object => readJson(`public/models/micro/${file}`) as object;
  return createTokenise({ tokenizer: read(component.tokenizer.file), config: read(component.config.file) }, component);
}

describe('createTokenise', () => {
  it.each(cases)('gives the ids of transformers for CLIP and T5: $name', ({ prompt, tokenIds }) => {
    expect(tokeniseWith('clip')(prompt)).toEqual(tokenIds.clip);
    expect(tokeniseWith('t5')(prompt)).toEqual(tokenIds.t5);
  });

  it.each(['clip', 't5'] as const)('cuts a long prompt to the model’s length and ends it: %s', (name) => {
    const { maxTokens, endTokenId } = manifest.tokenizers[name];
    const tokenise = tokeniseWith(name);
    const ids = tokenise('a red cube and '.repeat(20));
    expect(ids).toHaveLength(maxTokens);
    expect(ids.at(-1)).toBe(endTokenId);
    expect(ids.slice(0, 3)).toEqual(tokenise('a red cube').slice(0, 3));
  });
});

interface ChatGoldens {
  readonly cases: readonly { readonly prompt: string; readonly negativePrompt: string; readonly tokenIds: { readonly positive: number[]; readonly negative: number[] } }[];
  readonly tokens: readonly { readonly prompt: string; readonly tokenIds: number[] }[];
}

describe('createChatTokenise', () => {
  const goldens = readJson('e2e/fixtures/parity/micro-z-image/index.json') as ChatGoldens;
  const component = (readJson('public/models/micro-z-image/manifest.json') as ZImageManifest).tokenizers.text;
  const read = (file: string): object => readJson(`public/models/micro-z-image/${file}`) as object;
  const tokenise = createChatTokenise({ tokenizer: read(component.tokenizer.file), config: read(component.config.file) }, component);

  it.each(goldens.tokens)('gives the ids of transformers inside the chat template: $prompt', ({ prompt, tokenIds }) => {
    expect(tokenise(prompt)).toEqual(tokenIds);
  });

  it.each(goldens.cases)('and of both prompts of a run: $prompt', ({ prompt, negativePrompt, tokenIds }) => {
    expect(tokenise(prompt)).toEqual(tokenIds.positive);
    expect(tokenise(negativePrompt)).toEqual(tokenIds.negative);
  });
});

describe('padOrCut', () => {
  const component = { maxTokens: 4, padTokenId: 0, endTokenId: 9 };

  it('pads short, keeps exact and cuts long ids', () => {
    expect(padOrCut([1, 9], component)).toEqual([1, 9, 0, 0]);
    expect(padOrCut([1, 2, 3, 9], component)).toEqual([1, 2, 3, 9]);
    expect(padOrCut([1, 2, 3, 4, 5, 9], component)).toEqual([1, 2, 3, 9]);
  });
});

describe('oneHotAtEnd', () => {
  it('marks the first end token, also when padding is the same token', () => {
    expect([...oneHotAtEnd([5, 1, 9, 9, 9], 9)]).toEqual([0, 0, 1, 0, 0]);
  });

  it('refuses ids without an end', () => {
    expect(() => oneHotAtEnd([1, 2], 9)).toThrow('no end token');
  });
});
