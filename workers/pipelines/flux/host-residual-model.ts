/** FLUX's two graphs over plain arrays: WebAssembly in the browser, and headless tools. */
import type { ResidualModel, StepContext } from '../../../src/core/denoiser.ts';
import type { Manifest } from '../../../src/protocol/manifest.ts';
import type { GraphRunner, HostTensor } from '../graph-runner.ts';
import type { DenoiserInputs } from './denoiser-inputs.ts';
import { floatOutput } from './graph-io.ts';

export class HostResidualModel implements ResidualModel<Float32Array> {
  readonly #runner: GraphRunner;
  readonly #latentDims: readonly number[];
  readonly #inputs: DenoiserInputs;
  readonly #residualDims: readonly number[];

  /** @param inputs made for the sigmas that the steps will have. */
  constructor(runner: GraphRunner, manifest: Manifest, inputs: DenoiserInputs) {
    this.#runner = runner;
    this.#latentDims = [1, manifest.latent.tokens, manifest.latent.tokenChannels];
    this.#inputs = inputs;
    this.#residualDims = residualShape(manifest);
  }

  async full(latents: Float32Array, step: StepContext): Promise<{ velocity: Float32Array; residual: Float32Array }> {
    const outputs = await this.#runner.run('full', {
      ...this.#commonFeeds(latents, step),
      prompt_embeds: this.#inputs.promptEmbeds,
    });
    return { velocity: floatOutput(outputs, 'velocity').data, residual: floatOutput(outputs, 'residual').data };
  }

  async cached(latents: Float32Array, step: StepContext, residual: Float32Array): Promise<Float32Array> {
    const outputs = await this.#runner.run('cached', {
      ...this.#commonFeeds(latents, step),
      residual: { data: residual, dims: this.#residualDims },
    });
    return floatOutput(outputs, 'velocity').data;
  }

  #commonFeeds(latents: Float32Array, step: StepContext): Record<string, HostTensor> {
    const timestepProjection = this.#inputs.timestepProjections[step.stepIndex];
    if (timestepProjection === undefined) throw new RangeError(`There is no step ${step.stepIndex}`);
    return {
      latents: { data: latents, dims: this.#latentDims },
      timestep_projection: timestepProjection,
      guidance_projection: this.#inputs.guidanceProjection,
      pooled: this.#inputs.pooled,
    };
  }
}

/** [1, image tokens, hidden width], as the cached graph takes it. */
export function residualShape(manifest: Manifest): readonly number[] {
  const port = manifest.components.cached.inputs.find(({ name }) => name === 'residual');
  if (port === undefined) throw new Error('The cached graph takes no residual');
  return port.shape;
}
