/** One branch of a model's two graphs over plain arrays: WebAssembly in the browser, and headless tools. */
import type { ProbeModel, ProbeName } from '../../src/core/baselines/method.ts';
import type { StepContext } from '../../src/core/denoiser.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import type { BranchFeeds, DenoiserInputs } from './denoiser-inputs.ts';
import { floatOutput, portShape } from './graph-io.ts';
import type { GraphRunner, HostTensor } from './graph-runner.ts';
import { latentDims } from './latent-layout.ts';
import { PROBES } from './probes.ts';

export class HostResidualModel implements ProbeModel<Float32Array> {
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

  async probe(name: ProbeName, latents: Float32Array, step: StepContext): Promise<readonly Float32Array[]> {
    const { feeds, outputs } = PROBES[name];
    const found = await this.#runner.run(name, { ...this.#stepFeeds(latents, step), ...this.#feeds[feeds] });
    return outputs.map((output) => floatOutput(found, output).data);
  }

  /** What `full` gives, from the first block's outputs on. */
  async afterFirstBlock(latents: Float32Array, step: StepContext, [hidden, , text]: readonly Float32Array[]): Promise<{ velocity: Float32Array; residual: Float32Array }> {
    if (hidden === undefined || text === undefined) throw new RangeError('The first block’s outputs are missing.');
    const width = this.#residualDims.at(-1) ?? Number.NaN;
    const outputs = await this.#runner.run('remainingBlocks', {
      ...this.#stepFeeds(latents, step),
      ...this.#feeds.cached,
      hidden: { data: hidden, dims: this.#residualDims },
      text: { data: text, dims: [1, text.length / width, width] },
    });
    return { velocity: floatOutput(outputs, 'velocity').data, residual: floatOutput(outputs, 'residual').data };
  }

  #stepFeeds(latents: Float32Array, step: StepContext): Record<string, HostTensor> {
    const timestepProjection = this.#timestepProjections[step.stepIndex];
    if (timestepProjection === undefined) throw new RangeError(`There is no step ${step.stepIndex}`);
    return { latents: { data: latents, dims: this.#latentDims }, timestep_projection: timestepProjection };
  }
}
