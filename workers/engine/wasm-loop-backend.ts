/** The sampling loop on WebAssembly: tensors are arrays. */
import { cpuSignalOps } from '../../src/core/baselines/cpu-signal-ops.ts';
import type { Branched } from '../../src/core/caching/branched-model.ts';
import { branchedModel, branchedOps, onlyBranch } from '../../src/core/caching/branched-model.ts';
import { cpuTensorOps } from '../../src/core/sampling/cpu-tensor-ops.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { HostResidualModel } from '../pipelines/host-residual-model.ts';
import { joinBranches, residualDims, splitBranches } from '../pipelines/residual-layout.ts';
import type { LoopBackend } from './loop-backend.ts';
import { onlyBranches, probeOwnBranch } from './own-branch.ts';
import { NO_READBACKS } from './readback.ts';
import type { Sessions } from './sessions.ts';

export function createWasmLoopBackend(sessions: Sessions, manifest: Manifest): LoopBackend<Branched<Float32Array>> {
  return {
    ops: branchedOps(cpuTensorOps),
    openProbe: (name, signal) => sessions.openProbe(name, signal),
    means: (differences) => cpuSignalOps.means(onlyBranches(differences)),
    readbacks: NO_READBACKS,
    liveTensors: () => 0,
    prepare(inputs) {
      const branches = inputs.branches.map((_, branch) => new HostResidualModel(sessions, manifest, inputs, branch));
      return { model: branchedModel(branches, inputs.branchWeights, cpuTensorOps), probe: probeOwnBranch(branches), release: () => undefined };
    },
    fromHost: (latents) => [latents.slice()],
    toHost: (latents) => Promise.resolve(onlyBranch(latents)),
    residualToHost: (residual) => Promise.resolve(joinBranches(residual)),
    residualFromHost: (values) => splitBranches(values, residualDims(manifest)),
    finished: createTurns(),
  };
}

/** A turn of the event loop costs a good part of a cached step; nobody notices a cancel this much later. */
const TURN_EVERY_MS = 4;

/** The graphs block the thread, so without turns of the event loop no cancellation would ever arrive. */
function createTurns(): () => Promise<void> {
  let lastTurnMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - lastTurnMs < TURN_EVERY_MS) return;
    await nextTask();
    lastTurnMs = performance.now();
  };
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
