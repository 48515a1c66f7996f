/** Each pipeline's way from a prompt to its graphs; with the tokenizer library, so that pages fetch it when a model comes. */
import type { Manifest } from '../../src/protocol/manifest.ts';
import type { EncodeText } from './encode-text.ts';
import { createFluxEncodeText } from './flux/encode-text.ts';
import type { GraphRunner } from './graph-runner.ts';
import type { TokenizersByName } from './tokenise.ts';
import { createZImageEncodeText } from './z-image/encode-text.ts';

export const createEncodeText = (runner: GraphRunner, manifest: Manifest, files: TokenizersByName): EncodeText =>
  manifest.pipeline === 'flux' ? createFluxEncodeText(runner, manifest, files) : createZImageEncodeText(runner, manifest, files);
