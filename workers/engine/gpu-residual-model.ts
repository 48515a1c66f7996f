/** One branch of a model's two graphs over GPU buffers: nothing they take or give passes through the host. */
import type { Tensor } from 'onnxruntime-web';
import type { ProbeModel, ProbeName } from '../../src/core/baselines/method.ts';
import type { StepContext } from '../../src/core/denoiser.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { portShape } from '../pipelines/graph-io.ts';
import { componentOf } from '../pipelines/graph-runner.ts';
import { PROBES } from '../pipelines/probes.ts';
import type { GpuTensor, GpuTensors } from './gpu-tensors.ts';
import type { Runtime } from './runtime.ts';
import type { Sessions } from './sessions.ts';

/** One branch of `DenoiserInputs`, uploaded. */
export interface GpuFeeds {
  /** One a step. */
  readonly timestepProjections: readonly GpuTensor[];
  readonly full: Readonly<Record<string, GpuTensor>>;
  readonly cached: Readonly<Record<string, GpuTensor>>;
}

type LoopGraph = 'full' | 'cached' | ProbeName;

export class GpuResidualModel implements ProbeModel<GpuTensor> {
  readonly #runtime: Runtime;
  readonly #sessions: Sessions;
  readonly #manifest: Manifest;
  readonly #tensors: GpuTensors;
  readonly #feeds: GpuFeeds;

  constructor(
    runtime: Runtime,
    sessions: Sessions,
    manifest: Manifest,
    tensors: GpuTensors,
    feeds: GpuFeeds,
  ) {
    this.#runtime = runtime;
    this.#sessions = sessions;
    this.#manifest = manifest;
    this.#tensors = tensors;
    this.#feeds = feeds;
  }

  async full(latents: GpuTensor, step: StepContext): Promise<{ velocity: GpuTensor; residual: GpuTensor }> {
    const velocity = this.#outputOf('full', 'velocity');
    const residual = this.#outputOf('full', 'residual');
    const feeds = { ...this.#stepFeeds(latents, step), ...this.#feeds.full };
    await this.#run('full', feeds, { velocity, residual });
    return { velocity, residual };
  }

  async cached(latents: GpuTensor, step: StepContext, residual: GpuTensor): Promise<GpuTensor> {
    const velocity = this.#outputOf('cached', 'velocity');
    await this.#run('cached', { ...this.#stepFeeds(latents, step), ...this.#feeds.cached, residual }, { velocity });
    return velocity;
  }

  async probe(name: ProbeName, latents: GpuTensor, step: StepContext): Promise<readonly GpuTensor[]> {
    const { feeds, outputs } = PROBES[name];
    const filled = Object.fromEntries(outputs.map((output) => [output, this.#outputOf(name, output)]));
    await this.#run(name, { ...this.#stepFeeds(latents, step), ...this.#feeds[feeds] }, filled);
    return Object.values(filled);
  }

  #stepFeeds(latents: GpuTensor, step: StepContext): Record<string, GpuTensor> {
    const timestepProjection = this.#feeds.timestepProjections[step.stepIndex];
    if (timestepProjection === undefined) throw new RangeError(`There is no step ${step.stepIndex}`);
    return { latents, timestep_projection: timestepProjection };
  }

  #outputOf(component: LoopGraph, name: string): GpuTensor {
    return this.#tensors.allocate(portShape(componentOf(this.#manifest, component), 'outputs', name));
  }

  /** Fills `outputs`; when that fails they are released. */
  async #run(
    component: LoopGraph,
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
