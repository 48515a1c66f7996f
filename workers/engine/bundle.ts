/** A model bundle in memory: manifest, graphs, float32 weights and tokenizer files, each verified. */
import type { DownloadProgress } from '../../src/protocol/engine.ts';
import { CodedError } from '../../src/protocol/errors.ts';
import type { BundleFile, Manifest, TokenizerComponent, WeightsFile } from '../../src/protocol/manifest.ts';
import { parseManifest } from '../../src/storage/manifest-schema.ts';
import type { ComponentName } from '../pipelines/graph-runner.ts';
import type { TokenizerFiles } from '../pipelines/flux/tokenise.ts';
import { downloadJson, downloadVerified } from './download.ts';
import { widenHalves } from '../pipelines/widen.ts';

/** Initializers as the graphs' external data entries name them. */
export interface Weights {
  /** The name inside the graphs. */
  readonly path: string;
  /** float32. */
  readonly data: Uint8Array;
}

export interface Bundle {
  readonly manifest: Manifest;
  readonly graphs: ReadonlyMap<ComponentName, Uint8Array>;
  /** By the manifest's keys. */
  readonly weights: ReadonlyMap<string, Weights>;
  readonly tokenizers: { readonly clip: TokenizerFiles; readonly t5: TokenizerFiles };
}

const PROGRESS_INTERVAL_MS = 50;

/**
 * @param onProgress at most every 50 ms, and once at the end with all bytes.
 * @throws CodedError `download-failed`, `integrity-mismatch` or `model-invalid`.
 */
export async function downloadBundle(
  manifestUrl: string,
  onProgress: (progress: DownloadProgress) => void,
  signal: AbortSignal,
): Promise<Bundle> {
  const parsed = parseManifest(await downloadJson(manifestUrl, signal));
  if (!parsed.ok) throw new CodedError(parsed.error.code, parsed.error.message);
  const manifest = parsed.value;
  const files = await downloadFiles(manifestUrl, filesOf(manifest), onProgress, signal);
  const take = (file: BundleFile): Uint8Array => {
    const bytes = files.get(file.file);
    if (bytes === undefined) throw new CodedError('model-invalid', `${file.file} is missing from the bundle`);
    return bytes;
  };
  const tokenizerFiles = (component: TokenizerComponent): TokenizerFiles => ({
    tokenizer: parseObject(component.tokenizer, take(component.tokenizer)),
    config: parseObject(component.config, take(component.config)),
  });
  return {
    manifest,
    graphs: new Map(
      Object.entries(manifest.components).map(([name, { graph }]) => [name as ComponentName, take(graph)]),
    ),
    weights: new Map(Object.entries(manifest.weights).map(([key, file]) => [key, widened(file, take(file))])),
    tokenizers: { clip: tokenizerFiles(manifest.tokenizers.clip), t5: tokenizerFiles(manifest.tokenizers.t5) },
  };
}

/** Every file of the bundle once. */
function filesOf(manifest: Manifest): readonly BundleFile[] {
  const all: BundleFile[] = [
    ...Object.values(manifest.tokenizers).flatMap(({ tokenizer, config }) => [tokenizer, config]),
    ...Object.values(manifest.components).map(({ graph }) => graph),
    ...Object.values(manifest.weights),
  ];
  return [...new Map(all.map((file) => [file.file, file])).values()];
}

async function downloadFiles(
  manifestUrl: string,
  files: readonly BundleFile[],
  onProgress: (progress: DownloadProgress) => void,
  signal: AbortSignal,
): Promise<Map<string, Uint8Array>> {
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const contents = new Map<string, Uint8Array>();
  let receivedBytes = 0;
  let lastToldMs = Number.NEGATIVE_INFINITY;
  for (const file of files) {
    const onPiece = (bytes: number): void => {
      receivedBytes += bytes;
      const nowMs = performance.now();
      if (nowMs - lastToldMs < PROGRESS_INTERVAL_MS && receivedBytes < totalBytes) return;
      lastToldMs = nowMs;
      onProgress({ receivedBytes, totalBytes, file: file.file });
    };
    const url = new URL(file.file, manifestUrl).href;
    contents.set(file.file, await downloadVerified(url, file, onPiece, signal));
  }
  return contents;
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
