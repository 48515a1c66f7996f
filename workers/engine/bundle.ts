/** A model bundle in memory: manifest, graphs, float32 weights and tokenizer files, each verified. */
import type { DownloadProgress, ModelStorage, OpenRequest } from '../../src/protocol/engine.ts';
import { CodedError } from '../../src/protocol/errors.ts';
import type { BundleFile, Manifest, TokenizerComponent, WeightsFile } from '../../src/protocol/manifest.ts';
import type { ProbeName } from '../../src/core/baselines/method.ts';
import { componentOf } from '../pipelines/graph-runner.ts';
import type { ComponentName } from '../pipelines/graph-runner.ts';
import type { TokenizerFiles, TokenizersByName } from '../pipelines/tokenise.ts';
import type { BufferLimits } from '../../src/storage/manifest-needs.ts';
import { filesOf, limitProblem, linksOf, PROBE_GRAPHS } from '../../src/storage/manifest-needs.ts';
import { manifestAtSize } from '../../src/storage/manifest-size.ts';
import { obtainFiles } from './bundle-files.ts';
import { findManifest, keepManifest, noteWanted, pruneStore } from './bundle-manifest.ts';
import { fetchFor } from './file-source.ts';
import type { Fetch } from './file-source.ts';
import { openModelStore } from './model-store.ts';
import type { ModelStore } from './model-store.ts';
import { MODEL_STORE_LOCK, withLock } from './shared-lock.ts';
import { widenHalves } from '../pipelines/widen.ts';

/** Initializers as the graphs' external data entries name them. */
export interface Weights {
  /** The name inside the graphs. */
  readonly path: string;
  /** float32, or packed values. */
  readonly data: Uint8Array;
}

export interface Bundle {
  readonly manifest: Manifest;
  readonly storage: ModelStorage;
  /** Of each component, its links' graphs in the order they run. */
  readonly graphs: ReadonlyMap<ComponentName, readonly Uint8Array[]>;
  /** By the manifest's keys. */
  readonly weights: ReadonlyMap<string, Weights>;
  readonly tokenizers: TokenizersByName;
  /**
   * A graph that was left out, with its weights: read again, since keeping them for a run that may never come would
   * hold the model twice.
   */
  readonly fetchProbe: (name: ProbeName, signal: AbortSignal) => Promise<Pick<Bundle, 'graphs' | 'weights'>>;
}

/**
 * @param limits of the device it is for, asked before a file is fetched; null on the processor.
 * @param onProgress at most every 50 ms, and once with all bytes.
 * @throws CodedError `adapter-limit`, `download-failed`, `integrity-mismatch`, `model-invalid`, `request-invalid` or `out-of-memory`.
 */
export async function obtainBundle(
  request: Pick<OpenRequest, 'manifestUrl' | 'size' | 'token' | 'files'>,
  limits: BufferLimits | null,
  onProgress: (progress: DownloadProgress) => void,
  signal: AbortSignal,
): Promise<Bundle> {
  const { manifestUrl, size } = request;
  const ask = fetchFor(request);
  const store = await openModelStore();
  const found = await findManifest(manifestUrl, store, signal, ask);
  const manifest = size === undefined ? found.manifest : manifestAtSize(found.manifest, size);
  if (manifest === null) throw new CodedError('request-invalid', `The model draws no pictures of ${size}`);
  const problem = limits === null ? null : limitProblem(manifest, limits);
  if (problem !== null) throw new CodedError('adapter-limit', problem);
  if (store.kind !== 'memory') await noteWanted(manifestUrl, found, store).catch(() => undefined);
  const { contents, storage } = await obtainFiles({
    folderUrl: manifestUrl,
    files: filesOf(manifest),
    store,
    ask,
    prune: () => pruneStore(manifestUrl, manifest, false, store),
    onProgress,
    signal,
  });
  if (storage.problem === null) {
    // Storing is a help for the next visit; this one has its files.
    await withLock(MODEL_STORE_LOCK, signal, () => undefined, async () => {
      await keepManifest(manifestUrl, found, store);
      await pruneStore(manifestUrl, manifest, true, store);
    }).catch(() => signal.throwIfAborted());
  }
  return { ...assemble(manifest, contents), manifest, storage, fetchProbe: probeFetcher(manifestUrl, manifest, store, ask) };
}

type Assembled = Pick<Bundle, 'graphs' | 'weights' | 'tokenizers'>;

function assemble(manifest: Manifest, contents: ReadonlyMap<string, Uint8Array>): Assembled {
  const take = taker(contents);
  const tokenizerFiles = (component: TokenizerComponent): TokenizerFiles => ({
    tokenizer: parseObject(component.tokenizer, take(component.tokenizer)),
    config: parseObject(component.config, take(component.config)),
  });
  return {
    graphs: new Map(
      Object.entries(manifest.components)
        .map(([name, component]) => [name as ComponentName, component] as const)
        .filter(([name]) => !PROBE_GRAPHS.has(name))
        .map(([name, component]) => [name, linksOf(component).map(({ graph }) => take(graph))]),
    ),
    weights: new Map(Object.entries(manifest.weights).map(([key, file]) => [key, widened(file, take(file))])),
    tokenizers: Object.fromEntries(Object.entries(manifest.tokenizers).map(([name, component]) => [name, tokenizerFiles(component)])),
  };
}

const taker = (contents: ReadonlyMap<string, Uint8Array>) => (file: BundleFile): Uint8Array => {
  const bytes = contents.get(file.file);
  if (bytes === undefined) throw new CodedError('model-invalid', `${file.file} is missing from the bundle`);
  return bytes;
};

/** A function of its own, so that what it closes over holds none of the bundle's bytes. */
function probeFetcher(manifestUrl: string, manifest: Manifest, store: ModelStore, ask: Fetch): Bundle['fetchProbe'] {
  return async (name, signal) => {
    const links = linksOf(componentOf(manifest, name));
    const keys = [...new Set(links.flatMap(({ weights }) => weights))];
    const blobs = keys.flatMap((key) => (manifest.weights[key] === undefined ? [] : [[key, manifest.weights[key]] as const]));
    const { contents } = await obtainFiles({
      folderUrl: manifestUrl,
      files: [...links.map(({ graph }) => graph), ...blobs.map(([, file]) => file)],
      store,
      ask,
      prune: () => pruneStore(manifestUrl, manifest, false, store),
      onProgress: () => undefined,
      signal,
    });
    const take = taker(contents);
    return { graphs: new Map([[name, links.map(({ graph }) => take(graph))]]), weights: new Map(blobs.map(([key, file]) => [key, widened(file, take(file))])) };
  };
}

function widened(file: WeightsFile, stored: Uint8Array): Weights {
  return { path: file.location, data: file.storedDtype === 'float16' ? widenHalves(stored) : stored };
}

function parseObject(file: BundleFile, bytes: Uint8Array): object {
  let value: unknown = null;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // Falls through: null is no object either.
  }
  if (typeof value !== 'object' || value === null) throw new CodedError('model-invalid', `${file.file} is no JSON object`);
  return value;
}
