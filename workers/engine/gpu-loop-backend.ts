/** The sampling loop on WebGPU: tensors are buffers of the device that the graphs run on. */
import type { Manifest } from '../../src/protocol/manifest.ts';
import type { FloatTensor } from '../pipelines/flux/graph-io.ts';
import { GpuResidualModel } from './gpu-residual-model.ts';
import type { GpuTensor, GpuTensors } from './gpu-tensors.ts';
import type { LoopBackend } from './loop-backend.ts';
import { countReadbacks } from './readback.ts';
import type { Runtime } from './runtime.ts';
import type { Sessions } from './sessions.ts';

export function createGpuLoopBackend(
  runtime: Runtime,
  sessions: Sessions,
  manifest: Manifest,
  tensors: GpuTensors,
): LoopBackend<GpuTensor> {
  const latentDims = [1, manifest.latent.tokens, manifest.latent.tokenChannels];
  const upload = ({ data, dims }: FloatTensor): GpuTensor => tensors.upload(data, dims);
  return {
    ops: tensors,
    readbacks: countReadbacks(GPUBuffer.prototype),
    liveTensors: () => tensors.liveCount,
    prepare(inputs) {
      const uploaded = {
        timestepProjections: inputs.timestepProjections.map(upload),
        guidanceProjection: upload(inputs.guidanceProjection),
        pooled: upload(inputs.pooled),
        promptEmbeds: upload(inputs.promptEmbeds),
      };
      const { timestepProjections, ...others } = uploaded;
      return {
        model: new GpuResidualModel(runtime, sessions, manifest, tensors, uploaded),
        release() {
          for (const tensor of [...timestepProjections, ...Object.values(others)]) tensors.release(tensor);
        },
      };
    },
    fromHost: (latents) => tensors.upload(latents, latentDims),
    toHost: (latents) => tensors.download(latents),
    finished: () => tensors.finished(),
  };
}
