/** The graphs that threshold methods look through. */
import type { ProbeName } from '../../src/core/baselines/method.ts';
import type { BranchFeeds } from './denoiser-inputs.ts';

/** What each probe takes besides latents and time, as of which graph, and what it gives. */
export const PROBES: Readonly<Record<ProbeName, { readonly feeds: keyof BranchFeeds; readonly outputs: readonly string[] }>> = {
  modulated: { feeds: 'cached', outputs: ['modulated'] },
  firstBlock: { feeds: 'full', outputs: ['hidden', 'added', 'text'] },
};
