/** A model opened on a backend: what every run uses, and what is freed together. */
import type { CostModel, DownloadProgress, OpenedModel, OpenRequest } from '../../src/protocol/engine.ts';
import { CodedError } from '../../src/protocol/errors.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import type { EncodeText } from '../pipelines/encode-text.ts';
import type { GraphRunner } from '../pipelines/graph-runner.ts';
import { openBackend } from './backend.ts';
import type { Backend } from './backend.ts';
import { obtainBundle } from './bundle.ts';
import type { Bundle } from './bundle.ts';
import { createCalibrator } from './calibration.ts';
import type { Calibrator } from './calibration.ts';
import { createGpuLoopBackend } from './gpu-loop-backend.ts';
import { GpuTensors } from './gpu-tensors.ts';
import type { LoopBackend } from './loop-backend.ts';
import { measureCosts } from './measure-costs.ts';
import { keepRuntime } from './keep-runtime.ts';
import { loadRuntime } from './runtime.ts';
import { runLoop } from './sampling-loop.ts';
import type { LoopRequest, LoopResult } from './sampling-loop.ts';
import { Sessions } from './sessions.ts';
import { createWasmLoopBackend } from './wasm-loop-backend.ts';

export interface LoadedModel {
  readonly opened: OpenedModel;
  readonly runner: GraphRunner;
  readonly encodeText: EncodeText;
  readonly loop: (request: LoopRequest) => Promise<LoopResult>;
  readonly measure: (signal: AbortSignal) => Promise<CostModel>;
  readonly calibrator: Calibrator;
  /** Rejects when the device goes away or fails outside any call; never resolves. The model is then of no more use. */
  readonly failed: Promise<never>;
  /** Frees sessions, buffers and the device. */
  readonly release: () => Promise<void>;
}

/** @throws CodedError of the backend, the download or the sessions. */
export async function loadModel(
  request: OpenRequest,
  onProgress: (progress: DownloadProgress) => void,
  signal: AbortSignal,
): Promise<LoadedModel> {
  const backend = await openBackend(request.backend);
  try {
    const bundle = await obtainBundle(request, backend.device?.limits ?? null, onProgress, signal);
    signal.throwIfAborted();
    return await start(backend, bundle);
  } catch (error) {
    backend.device?.destroy();
    throw error;
  }
}

async function start({ device, report }: Backend, bundle: Bundle): Promise<LoadedModel> {
  const { manifest } = bundle;
  const { runtime, fileUrls } = await loadRuntime(report.kind, report.threads);
  const { createEncodeText } = await import('../pipelines/text-encoders.ts');
  const sessions = await Sessions.create(runtime, device, bundle);
  void keepRuntime(fileUrls);
  const shared = {
    opened: { manifest, backend: report, storage: bundle.storage },
    runner: sessions,
    encodeText: createEncodeText(sessions, manifest, bundle.tokenizers),
    failed: device === null ? new Promise<never>(() => undefined) : failureOf(device),
  };
  if (device === null) {
    return {
      ...shared,
      ...loopOver(createWasmLoopBackend(sessions, manifest), manifest, shared),
      release: () => sessions.release(),
    };
  }
  const tensors = new GpuTensors(device);
  return {
    ...shared,
    ...loopOver(createGpuLoopBackend(runtime, sessions, manifest, tensors, device), manifest, shared),
    async release() {
      await sessions.release();
      tensors.destroy();
      device.destroy();
    },
  };
}

/** Closes over the backend's tensor type, which nobody else needs to know. */
function loopOver<T>(
  backend: LoopBackend<T>,
  manifest: Manifest,
  { opened, runner, encodeText }: Pick<LoadedModel, 'opened' | 'runner' | 'encodeText'>,
): Pick<LoadedModel, 'loop' | 'measure' | 'calibrator'> {
  return {
    loop: (request) => runLoop(backend, manifest, request),
    measure: (signal) => measureCosts(backend, runner, manifest, encodeText, signal),
    calibrator: createCalibrator(backend, opened.backend.kind, manifest, encodeText),
  };
}

function failureOf(device: GPUDevice): Promise<never> {
  const failed = new Promise<never>((_, reject) => {
    void device.lost.then(({ message }) => {
      reject(new CodedError('device-lost', message || 'The graphics device went away.'));
    });
    device.addEventListener('uncapturederror', ({ error }) => {
      reject(new CodedError(error instanceof GPUOutOfMemoryError ? 'out-of-memory' : 'internal', error.message));
      // WebGPU goes on after an error, with buffers that hold anything: no result could be trusted.
      device.destroy();
    });
  });
  // Nobody may be waiting when it happens.
  failed.catch(() => undefined);
  return failed;
}
