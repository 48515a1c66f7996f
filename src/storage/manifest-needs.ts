/** What a bundle consists of and asks of a machine, known before any of its files is fetched. */
import type { BundleFile, ComponentName, GraphComponent, GraphLink, Manifest } from '../protocol/manifest.ts';
import { sizesOf } from './manifest-size.ts';

/** In the order they run; a graph in one piece is its own only link. */
export const linksOf = (component: GraphComponent): readonly GraphLink[] => component.chain ?? [component];

/**
 * What policies that decide while sampling look through, and the rest of a step seen so. A model is opened without
 * them: few runs need one, and each would hold its own copy of weights.
 */
export const PROBE_GRAPHS: ReadonlySet<ComponentName> = new Set(['modulated', 'firstBlock', 'remainingBlocks']);

/** Every file of the bundle once, those of its other sizes too. */
export function filesOf(manifest: Manifest): readonly BundleFile[] {
  const all: BundleFile[] = [
    ...Object.values(manifest.tokenizers).flatMap(({ tokenizer, config }) => [tokenizer, config]),
    ...Object.values(manifest.components).flatMap(linksOf).map(({ graph }) => graph),
    ...sizesOf(manifest).flatMap(({ components }) => [components.full, components.cached, components.vaeDecoder].flatMap(linksOf).map(({ graph }) => graph)),
    ...Object.values(manifest.weights),
  ];
  return [...new Map(all.map((file) => [file.file, file])).values()];
}

export interface ModelNeeds {
  readonly downloadBytes: number;
  /** As float32, which is what the graphs compute in; each graph that a model is opened with holds its own copy. */
  readonly weightBytes: number;
  /** The largest tensor that goes into or out of a graph: one GPU buffer each. Weights may need larger ones. */
  readonly largestTensorBytes: number;
}

export function needsOf(manifest: Manifest): ModelNeeds {
  const components = Object.entries(manifest.components) as [ComponentName, GraphComponent][];
  const graphs = components.flatMap(([, component]) => linksOf(component));
  const opened = components.filter(([name]) => !PROBE_GRAPHS.has(name)).flatMap(([, component]) => linksOf(component));
  return {
    downloadBytes: filesOf(manifest).reduce((sum, { bytes }) => sum + bytes, 0),
    weightBytes: opened.flatMap(({ weights }) => weights).reduce((sum, key) => sum + widenedBytes(manifest, key), 0),
    largestTensorBytes: Math.max(...graphs.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]).map(portBytes)),
  };
}

function widenedBytes({ weights }: Manifest, key: string): number {
  const file = weights[key];
  return file === undefined ? 0 : file.bytes * (file.storedDtype === 'float16' ? 2 : 1);
}

const portBytes = ({ dtype, shape }: GraphComponent['inputs'][number]): number =>
  shape.reduce((product, size) => product * size, dtype === 'int64' ? 8 : 4);

/** What a device says of itself, in bytes. */
export interface BufferLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
}

/** Why the device cannot run the model, one sentence; null when nothing speaks against it. */
export function limitProblem(manifest: Manifest, { maxBufferSize, maxStorageBufferBindingSize }: BufferLimits): string | null {
  const { largestTensorBytes } = needsOf(manifest);
  const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  return largestTensorBytes <= most ? null : `The model needs a buffer of ${largestTensorBytes} bytes; this adapter gives ${most} at most.`;
}
