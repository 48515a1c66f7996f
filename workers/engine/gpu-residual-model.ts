/** FLUX's two graphs over GPU buffers: nothing they take or give passes through the host. */
import type { Tensor } from 'onnxruntime-web';
import type { ResidualModel, StepContext } from '../../src/core/denoiser.ts';
import type { GraphPort, Manifest } from '../../src/protocol/manifest.ts';
import type { GpuTensor, GpuTensors } from './gpu-tensors.ts';
import type { Runtime } from './runtime.ts';
import type { Sessions } from './sessions.ts';

/** `DenoiserInputs`, uploaded. */
export interface GpuDenoiserInputs {
  /** One a step. */
  readonly timestepProjections: readonly GpuTensor[];
  readonly guidanceProjection: GpuTensor;
  readonly pooled: GpuTensor;
  readonly promptEmbeds: GpuTensor;
}

export class GpuResidualModel implements ResidualModel<GpuTensor> {
  readonly #runtime: Runtime;
  readonly #sessions: Sessions;
  readonly #components: Manifest['components'];
  readonly #tensors: GpuTensors;
  readonly #inputs: GpuDenoiserInputs;

  constructor(
    runtime: Runtime,
    sessions: Sessions,
    manifest: Manifest,
    tensors: GpuTensors,
    inputs: GpuDenoiserInputs,
  ) {
    this.#runtime = runtime;
    this.#sessions = sessions;
    this.#components = manifest.components;
    this.#tensors = tensors;
    this.#inputs = inputs;
  }

  async full(latents: GpuTensor, step: StepContext): Promise<{ velocity: GpuTensor; residual: GpuTensor }> {
    const velocity = this.#outputOf('full', 'velocity');
    const residual = this.#outputOf('full', 'residual');
    const feeds = { ...this.#commonFeeds(latents, step), prompt_embeds: this.#inputs.promptEmbeds };
    await this.#run('full', feeds, { velocity, residual });
    return { velocity, residual };
  }

  async cached(latents: GpuTensor, step: StepContext, residual: GpuTensor): Promise<GpuTensor> {
    const velocity = this.#outputOf('cached', 'velocity');
    await this.#run('cached', { ...this.#commonFeeds(latents, step), residual }, { velocity });
    return velocity;
  }

  #commonFeeds(latents: GpuTensor, step: StepContext): Record<string, GpuTensor> {
    const timestepProjection = this.#inputs.timestepProjections[step.stepIndex];
    if (timestepProjection === undefined) throw new RangeError(`There is no step ${step.stepIndex}`);
    return {
      latents,
      timestep_projection: timestepProjection,
      guidance_projection: this.#inputs.guidanceProjection,
      pooled: this.#inputs.pooled,
    };
  }

  #outputOf(component: 'full' | 'cached', name: string): GpuTensor {
    const port: GraphPort | undefined = this.#components[component].outputs.find((output) => output.name === name);
    if (port === undefined) throw new Error(`The graph ${component} has no output ${name}`);
    return this.#tensors.allocate(port.shape);
  }

  /** Fills `outputs`; when that fails they are released. */
  async #run(
    component: 'full' | 'cached',
    feeds: Readonly<Record<string, GpuTensor>>,
    outputs: Readonly<Record<string, GpuTensor>>,
  ): Promise<void> {
    try {
      await this.#sessions.get(component).run(this.#wrap(feeds), this.#wrap(outputs));
    } catch (error) {
      for (const output of Object.values(outputs)) this.#tensors.release(output);
      throw error;
    }
  }

  /** The runtime's own handles of the same buffers. */
  #wrap(tensors: Readonly<Record<string, GpuTensor>>): Record<string, Tensor> {
    return Object.fromEntries(
      Object.entries(tensors).map(([name, { buffer, dims }]) => [
        name,
        this.#runtime.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims }),
      ]),
    );
  }
}
