/**
 * onnxruntime-web, loaded for one backend. Each entry point has a WebAssembly file of its own (14 to 27 MB), so
 * the import is dynamic and only the chosen one is ever fetched. The files come from this site: the bundler
 * emits them as assets and gives their addresses, wherever the site lies.
 */
import asyncifyModuleUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import asyncifyWasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import cpuModuleUrl from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import cpuWasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import type * as Ort from 'onnxruntime-web';
import type { BackendKind } from '../../src/protocol/engine.ts';

export type Runtime = typeof Ort;

/** Addresses the bundler gives may be relative to the page's root; the runtime's own workers need whole ones. */
const absolute = (url: string): string => new URL(url, import.meta.url).href;

/** @param threads of the WebAssembly backend, this one included; fixed from the first session on. */
export async function loadRuntime(kind: BackendKind, threads: number): Promise<Runtime> {
  const runtime: Runtime =
    kind === 'webgpu' ? await import('onnxruntime-web/webgpu') : await import('onnxruntime-web/wasm');
  runtime.env.wasm.wasmPaths =
    kind === 'webgpu'
      ? { mjs: absolute(asyncifyModuleUrl), wasm: absolute(asyncifyWasmUrl) }
      : { mjs: absolute(cpuModuleUrl), wasm: absolute(cpuWasmUrl) };
  runtime.env.wasm.numThreads = threads;
  return runtime;
}
