/** Prompts → what the transformer is told of them, whatever the pipeline. */
import type { Manifest } from '../../src/protocol/manifest.ts';
import type { BranchFeeds } from './denoiser-inputs.ts';
import { branchCount } from './denoiser-inputs.ts';

/** One branch's. */
export type EncodeText = (prompt: string) => Promise<BranchFeeds>;

/** The prompt's own branch, and where guidance runs a second one, that of the negative prompt. */
export async function encodeBranches(
  encodeText: EncodeText,
  manifest: Manifest,
  { prompt, negativePrompt = '', guidanceScale }: { readonly prompt: string; readonly negativePrompt?: string; readonly guidanceScale: number },
): Promise<readonly BranchFeeds[]> {
  const positive = await encodeText(prompt);
  return branchCount(manifest, guidanceScale) === 1 ? [positive] : [positive, await encodeText(negativePrompt)];
}
