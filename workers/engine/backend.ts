/** Which backend runs the model, chosen once at opening and reported with its reason. */
import { CodedError } from '../../src/protocol/errors.ts';
import type { BackendKind, BackendPreference, BackendReport } from '../../src/protocol/engine.ts';

/** Each thread is a worker of its own to start and keep; bounds that on machines with many cores. */
const MAX_THREADS = 8;

/** What the choice needs to know of an adapter. */
export interface AdapterFacts {
  /** e.g. `nvidia ampere`. */
  readonly name: string;
  /** Computes on the processor: slower than WASM. */
  readonly software: boolean;
}

export interface BackendDecision {
  readonly kind: BackendKind;
  /** One sentence. */
  readonly reason: string;
}

export interface Backend {
  readonly report: BackendReport;
  /** The one device of this backend; null on WASM. */
  readonly device: GPUDevice | null;
}

/**
 * WebGPU on a real adapter, else WASM; a preference overrides.
 * @throws CodedError `webgpu-unavailable` when WebGPU is asked for and there is no adapter.
 */
export function decideBackend(preference: BackendPreference, adapter: AdapterFacts | null): BackendDecision {
  if (preference === 'wasm') return { kind: 'wasm', reason: 'WebAssembly was asked for.' };
  if (preference === 'webgpu') {
    if (adapter === null) throw new CodedError('webgpu-unavailable', 'This browser offers no WebGPU adapter.');
    const nature = adapter.software ? ' It is a software adapter: slow.' : '';
    return { kind: 'webgpu', reason: `WebGPU was asked for.${nature}` };
  }
  if (adapter === null) return { kind: 'wasm', reason: 'This browser offers no WebGPU adapter.' };
  if (adapter.software) {
    return { kind: 'wasm', reason: 'The only WebGPU adapter is a software one, which is slower than WebAssembly.' };
  }
  return { kind: 'webgpu', reason: 'This machine has a WebGPU adapter.' };
}

/** Threads need shared memory, which browsers give to cross-origin isolated pages only. */
export function wasmThreads(crossOriginIsolated: boolean, hardwareConcurrency: number): number {
  return crossOriginIsolated ? Math.max(1, Math.min(hardwareConcurrency, MAX_THREADS)) : 1;
}

/** Software adapters say so by flag, by architecture, or only in their description. */
export function adapterFacts(info: Partial<GPUAdapterInfo>, isFallbackAdapter: boolean): AdapterFacts {
  const name = [info.vendor, info.architecture].filter(Boolean).join(' ') || info.description || 'unnamed adapter';
  const description = `${info.architecture ?? ''} ${info.device ?? ''} ${info.description ?? ''}`.toLowerCase();
  const software = isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/.test(description);
  return { name, software };
}

async function findAdapter(): Promise<GPUAdapter | null> {
  // Typed as always there; browsers without WebGPU have none.
  const gpu = navigator.gpu as GPU | undefined;
  if (gpu === undefined) return null;
  try {
    return await gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch {
    return null;
  }
}

/** Everything the runtime's kernels can make use of, as far as the adapter has it. */
async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const features: GPUFeatureName[] = ['shader-f16', 'subgroups'];
  const { limits } = adapter;
  return await adapter.requestDevice({
    requiredFeatures: features.filter((feature) => adapter.features.has(feature)),
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxBindGroups: limits.maxBindGroups,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeWorkgroupSizeY: limits.maxComputeWorkgroupSizeY,
      maxComputeWorkgroupSizeZ: limits.maxComputeWorkgroupSizeZ,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    },
  });
}

/**
 * Chooses, and on WebGPU takes the device.
 * @throws CodedError `webgpu-unavailable` when WebGPU is asked for and cannot be had.
 */
export async function openBackend(preference: BackendPreference): Promise<Backend> {
  const adapter = preference === 'wasm' ? null : await findAdapter();
  const facts = adapter === null ? null : adapterFacts(adapter.info, isFallback(adapter));
  let { kind, reason } = decideBackend(preference, facts);
  let device: GPUDevice | null = null;
  if (kind === 'webgpu' && adapter !== null) {
    try {
      device = await requestDevice(adapter);
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      if (preference === 'webgpu') throw new CodedError('webgpu-unavailable', `The adapter gave no device: ${cause}`);
      kind = 'wasm';
      reason = `The WebGPU adapter gave no device: ${cause}`;
    }
  }
  return {
    device,
    report: {
      kind,
      adapter: kind === 'webgpu' ? (facts?.name ?? null) : null,
      softwareAdapter: kind === 'webgpu' && facts?.software === true,
      // On WebGPU the processor only dispatches.
      threads: kind === 'webgpu' ? 1 : wasmThreads(self.crossOriginIsolated, navigator.hardwareConcurrency),
      crossOriginIsolated: self.crossOriginIsolated,
      computeDtype: 'float32',
      reason,
    },
  };
}

/** The flag moved from the adapter to its info; browsers have one or the other. */
function isFallback(adapter: GPUAdapter): boolean {
  const older = adapter as GPUAdapter & { readonly isFallbackAdapter?: boolean };
  return adapter.info.isFallbackAdapter || older.isFallbackAdapter === true;
}
