/** One branch of a model's two graphs over plain arrays: WebAssembly in the browser, and headless tools. */
import type { ResidualModel, StepContext } from '../../src/core/denoiser.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import type { BranchFeeds, DenoiserInputs } from './denoiser-inputs.ts';
import { floatOutput, portShape } from './graph-io.ts';
import type { GraphRunner, HostTensor } from './graph-runner.ts';
import { latentDims } from './latent-layout.ts';

export class HostResidualModel implements ResidualModel<Float32Array> {
  readonly #runner: GraphRunner;
  readonly #latentDims: readonly number[];
  readonly #residualDims: readonly number[];
  readonly #timestepProjections: DenoiserInputs['timestepProjections'];
  readonly #feeds: BranchFeeds;

  /** @param inputs made for the sigmas that the steps will have. */
  constructor(runner: GraphRunner, manifest: Pick<Manifest, 'components'>, inputs: DenoiserInputs, branch = 0) {
    const feeds = inputs.branches[branch];
    if (feeds === undefined) throw new RangeError(`There is no branch ${branch}`);
    this.#runner = runner;
    this.#latentDims = latentDims(manifest);
    this.#residualDims = portShape(manifest.components.cached, 'inputs', 'residual');
    this.#timestepProjections = inputs.timestepProjections;
    this.#feeds = feeds;
  }

  async full(latents: Float32Array, step: StepContext): Promise<{ velocity: Float32Array; residual: Float32Array }> {
    const outputs = await this.#runner.run('full', { ...this.#stepFeeds(latents, step), ...this.#feeds.full });
    return { velocity: floatOutput(outputs, 'velocity').data, residual: floatOutput(outputs, 'residual').data };
  }

  async cached(latents: Float32Array, step: StepContext, residual: Float32Array): Promise<Float32Array> {
    const outputs = await this.#runner.run('cached', {
      ...this.#stepFeeds(latents, step),
      ...this.#feeds.cached,
      residual: { data: residual, dims: this.#residualDims },
    });
    return floatOutput(outputs, 'velocity').data;
  }

  #stepFeeds(latents: Float32Array, step: StepContext): Record<string, HostTensor> {
    const timestepProjection = this.#timestepProjections[step.stepIndex];
    if (timestepProjection === undefined) throw new RangeError(`There is no step ${step.stepIndex}`);
    return { latents: { data: latents, dims: this.#latentDims }, timestep_projection: timestepProjection };
  }
}
