/** The sampling loop on WebGPU: tensors are buffers of the device that the graphs run on. */
import type { Branched } from '../../src/core/caching/branched-model.ts';
import { branchedModel, branchedOps, onlyBranch } from '../../src/core/caching/branched-model.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import type { DenoiserInputs, Feeds } from '../pipelines/denoiser-inputs.ts';
import type { FloatTensor } from '../pipelines/graph-io.ts';
import { latentDims } from '../pipelines/latent-layout.ts';
import { joinBranches, residualDims, splitBranches } from '../pipelines/residual-layout.ts';
import type { GpuFeeds } from './gpu-residual-model.ts';
import { GpuMeans } from './gpu-means.ts';
import { GpuResidualModel } from './gpu-residual-model.ts';
import type { GpuTensor, GpuTensors } from './gpu-tensors.ts';
import type { LoopBackend } from './loop-backend.ts';
import { onlyBranches, probeOwnBranch } from './own-branch.ts';
import { countReadbacks } from './readback.ts';
import type { Runtime } from './runtime.ts';
import type { Sessions } from './sessions.ts';

export function createGpuLoopBackend(
  runtime: Runtime,
  sessions: Sessions,
  manifest: Manifest,
  tensors: GpuTensors,
  device: GPUDevice,
): LoopBackend<Branched<GpuTensor>> {
  const dims = latentDims(manifest);
  const means = new GpuMeans(device);
  return {
    ops: branchedOps(tensors),
    openProbe: (name, signal) => sessions.openProbe(name, signal),
    means: (differences) => means.of(onlyBranches(differences)),
    readbacks: countReadbacks(GPUBuffer.prototype),
    liveTensors: () => tensors.liveCount,
    prepare(inputs) {
      const { uploaded, release } = upload(inputs, tensors);
      const branches = uploaded.map((feeds) => new GpuResidualModel(runtime, sessions, manifest, tensors, feeds));
      return { model: branchedModel(branches, inputs.branchWeights, tensors), probe: probeOwnBranch(branches), release };
    },
    fromHost: (latents) => [tensors.upload(latents, dims)],
    toHost: (latents) => tensors.download(onlyBranch(latents)),
    async residualToHost(residual) {
      const parts: Float32Array[] = [];
      for (const part of residual) parts.push(await tensors.download(part));
      return joinBranches(parts);
    },
    residualFromHost: (values) => splitBranches(values, residualDims(manifest)).map((part) => tensors.upload(part, residualDims(manifest))),
    finished: () => tensors.finished(),
  };
}

/** Every branch's inputs on the device; what graphs or branches share is there once. */
function upload({ timestepProjections, branches }: DenoiserInputs, tensors: GpuTensors): { readonly uploaded: readonly GpuFeeds[]; readonly release: () => void } {
  const onDevice = new Map<FloatTensor, GpuTensor>();
  const place = (tensor: FloatTensor): GpuTensor => {
    const placed = onDevice.get(tensor) ?? tensors.upload(tensor.data, tensor.dims);
    onDevice.set(tensor, placed);
    return placed;
  };
  const placeAll = (feeds: Feeds): Record<string, GpuTensor> => Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, place(tensor)]));
  const uploaded = branches.map(({ full, cached }) => ({
    timestepProjections: timestepProjections.map(place),
    full: placeAll(full),
    cached: placeAll(cached),
  }));
  return {
    uploaded,
    release: () => {
      for (const tensor of onDevice.values()) tensors.release(tensor);
    },
  };
}
