/**
 * onnxruntime-web, loaded for one backend. Each build has a WebAssembly file of its own (14 to 27 MB), so the
 * import is dynamic and only the one this browser needs is ever fetched (docs/decisions/0007). The files come from
 * this site: the bundler emits them as assets and gives their addresses, wherever the site lies.
 */
import asyncifyModuleUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import asyncifyWasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import jspiModuleUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url';
import jspiWasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url';
import cpuModuleUrl from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import cpuWasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import type * as Ort from 'onnxruntime-web';
import type { BackendKind } from '../../src/protocol/engine.ts';

export type Runtime = typeof Ort;

/**
 * `jspi` waits for the GPU by suspending the WebAssembly stack, where the browser can; `asyncify` does the same
 * in code that was rewritten for it, and is larger and slower for that. `cpu` never waits.
 */
type Build = 'cpu' | 'jspi' | 'asyncify';

interface BuildFiles {
  readonly load: () => Promise<Runtime>;
  readonly mjs: string;
  readonly wasm: string;
}

/** Addresses the bundler gives may be relative to the page's root; the runtime's own workers need whole ones. */
const absolute = (url: string): string => new URL(url, import.meta.url).href;

const BUILDS: Readonly<Record<Build, BuildFiles>> = {
  cpu: { load: () => import('onnxruntime-web/wasm'), mjs: absolute(cpuModuleUrl), wasm: absolute(cpuWasmUrl) },
  jspi: { load: () => import('onnxruntime-web/jspi'), mjs: absolute(jspiModuleUrl), wasm: absolute(jspiWasmUrl) },
  asyncify: { load: () => import('onnxruntime-web/webgpu'), mjs: absolute(asyncifyModuleUrl), wasm: absolute(asyncifyWasmUrl) },
};

/** JavaScript Promise Integration, by both of its halves. */
const canSuspend = (): boolean => 'Suspending' in WebAssembly && 'promising' in WebAssembly;

const buildFor = (kind: BackendKind): Build => {
  if (kind === 'wasm') return 'cpu';
  return canSuspend() ? 'jspi' : 'asyncify';
};

export interface LoadedRuntime {
  readonly runtime: Runtime;
  /** What it consists of, apart from its part in the page's own scripts. */
  readonly fileUrls: readonly string[];
}

/** @param threads of the WebAssembly backend, this one included; fixed from the first session on. */
export async function loadRuntime(kind: BackendKind, threads: number): Promise<LoadedRuntime> {
  const { load, mjs, wasm } = BUILDS[buildFor(kind)];
  const runtime = await load();
  runtime.env.wasm.wasmPaths = { mjs, wasm };
  runtime.env.wasm.numThreads = threads;
  return { runtime, fileUrls: [mjs, wasm] };
}
