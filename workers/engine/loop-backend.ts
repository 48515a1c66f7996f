/** What the sampling loop needs of a backend, so that one loop serves both. */
import type { ProbeModel, ProbeName, SignalOps } from '../../src/core/baselines/method.ts';
import type { ResidualModel } from '../../src/core/denoiser.ts';
import type { TensorOps } from '../../src/core/tensor-ops.ts';
import type { DenoiserInputs } from '../pipelines/denoiser-inputs.ts';
import type { ReadbackCounter } from './readback.ts';

export interface PreparedModel<T> {
  readonly model: ResidualModel<T>;
  /** For policies that decide while sampling; the prompt's own branch is looked at. */
  readonly probe?: ProbeModel<T>['probe'];
  /** Gives back what `prepare` put on the device. */
  release(): void;
}

export interface LoopBackend<T> {
  readonly ops: TensorOps<T>;
  /** Before a run of such a policy, the graph it looks through; the first time it takes as long as opening a graph does. */
  readonly openProbe?: (name: ProbeName, signal: AbortSignal) => Promise<void>;
  /** For the same policies; on WebGPU one readback. */
  readonly means?: SignalOps<T>['means'];
  readonly readbacks: ReadbackCounter;
  /** Tensors not yet released, where they are counted. */
  liveTensors(): number;
  /** Puts the inputs where the graphs take them, before the loop. */
  prepare(inputs: DenoiserInputs): PreparedModel<T>;
  /** The sampler's latents onto the device, a tensor owned by the caller. */
  fromHost(latents: Float32Array): T;
  /** A readback on WebGPU. */
  toHost(latents: T): Promise<Float32Array>;
  /** All branches of a residual, one after another. A readback on WebGPU. */
  residualToHost(residual: T): Promise<Float32Array>;
  /** The inverse: a tensor owned by the caller. */
  residualFromHost(values: Float32Array): T;
  /** Resolves when the device has done all that was asked, and lets waiting messages in. */
  finished(): Promise<void>;
}
