/** What the denoiser's graphs take besides latents and residual, all known before the loop starts. */
import { branchWeights } from '../../src/core/caching/branched-model.ts';
import { modelTimestep, remainingTime, timestepProjection } from '../../src/core/sampling/timestep-projection.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { guidanceFeeds } from './flux/guidance.ts';
import type { FloatTensor } from './graph-io.ts';

export type Feeds = Readonly<Record<string, FloatTensor>>;

/** By graph and port name: what it takes at every step of a run. */
export interface BranchFeeds {
  readonly full: Feeds;
  readonly cached: Feeds;
}

export interface DenoiserInputs {
  /** One [1, projectionChannels] a step, for the step's own sigma. */
  readonly timestepProjections: readonly FloatTensor[];
  /** The prompt's own branch first. */
  readonly branches: readonly BranchFeeds[];
  /** velocity = Σ branchWeights[i]·velocity of branches[i]. */
  readonly branchWeights: readonly number[];
}

/** How many times the transformer is run for one computed step. */
export const branchCount = ({ guidance }: Manifest, guidanceScale: number): number =>
  guidance.kind === 'embedded' ? 1 : branchWeights(guidanceScale).length;

/**
 * @param text one entry a branch, as `encodeBranches` gives them.
 * @param sigmas stepCount + 1 values; the last, 0, is never a model input.
 */
export function denoiserInputs(manifest: Manifest, text: readonly BranchFeeds[], guidanceScale: number, sigmas: readonly number[]): DenoiserInputs {
  const { scheduler, latent } = manifest;
  const timeOf = 'timestep' in scheduler ? remainingTime : modelTimestep;
  const timestepProjections = sigmas.slice(0, -1).map((sigma) => projection(timeOf(sigma, scheduler.timestepScale), latent.projectionChannels));
  if (manifest.pipeline === 'z-image') return { timestepProjections, branches: text, branchWeights: branchWeights(guidanceScale) };
  const guidance = guidanceFeeds(manifest, guidanceScale);
  const branches = text.map(({ full, cached }) => ({ full: { ...full, ...guidance }, cached: { ...cached, ...guidance } }));
  return { timestepProjections, branches, branchWeights: [1] };
}

const projection = (value: number, channels: number): FloatTensor => ({ data: timestepProjection(value, channels), dims: [1, channels] });
