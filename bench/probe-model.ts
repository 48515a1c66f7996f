/** The bundle's graphs as a model that threshold methods can run on, going on from the first block where it is split. */
import type { ProbeModel } from '../src/core/baselines/method.ts';
import type { Manifest } from '../src/protocol/manifest.ts';
import type { HostResidualModel } from '../workers/pipelines/host-residual-model.ts';

export const resumingModel = (model: HostResidualModel): ProbeModel<Float32Array> => ({
  full: (latents, step) => model.full(latents, step),
  cached: (latents, step, residual) => model.cached(latents, step, residual),
  probe: (name, latents, step) => model.probe(name, latents, step),
  resume: (latents, step, firstBlock) => model.afterFirstBlock(latents, step, firstBlock),
});

/** Whether the bundle was exported with the graphs that threshold methods look through. */
export const hasProbes = ({ components }: Pick<Manifest, 'components'>): boolean =>
  ['modulated', 'firstBlock', 'remainingBlocks'].every((name) => Object.hasOwn(components, name));
