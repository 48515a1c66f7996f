/** A model bundle under onnxruntime-node: for searches and measurements without a browser. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { BundleFile, FluxManifest, TokenizerComponent } from '../src/protocol/manifest.ts';
import { parseManifest } from '../src/storage/manifest-schema.ts';
import type { TokenizerFiles } from '../workers/pipelines/tokenise.ts';
import { componentOf } from '../workers/pipelines/graph-runner.ts';
import type { ComponentName, GraphRunner, HostTensor } from '../workers/pipelines/graph-runner.ts';
import { widenHalves } from '../workers/pipelines/widen.ts';

export interface NodeBundle {
  readonly manifest: FluxManifest;
  /** Makes a graph's session when it is first run. */
  readonly runner: GraphRunner;
  readonly tokenizers: { readonly clip: TokenizerFiles; readonly t5: TokenizerFiles };
  close(): Promise<void>;
}

/**
 * @param folder holds the manifest; every file read is checked against its sha256 there.
 * @param threads of each session. More than one changes results in the last bits from machine to machine.
 */
export async function openNodeBundle(folder: string, threads = 1): Promise<NodeBundle> {
  const parsed = parseManifest(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as unknown);
  if (!parsed.ok) throw new Error(`${folder}: ${parsed.error.message}`);
  const manifest = parsed.value;
  if (manifest.pipeline !== 'flux') throw new Error(`${folder}: no headless runs of ${manifest.pipeline}`);
  const sessions = new Map<ComponentName, Promise<InferenceSession>>();

  const sessionOf = (name: ComponentName): Promise<InferenceSession> => {
    const known = sessions.get(name);
    if (known !== undefined) return known;
    const created = createSession(folder, manifest, name, threads);
    sessions.set(name, created);
    // A failure is for the call that met it; the next one tries again.
    created.catch(() => sessions.delete(name));
    return created;
  };
  const runner: GraphRunner = {
    run: async (component, feeds) => fromOrt(await (await sessionOf(component)).run(toOrt(feeds))),
  };
  const tokenizerFiles = async (component: TokenizerComponent): Promise<TokenizerFiles> => ({
    tokenizer: await readJson(folder, component.tokenizer),
    config: await readJson(folder, component.config),
  });
  const tokenizers = { clip: await tokenizerFiles(manifest.tokenizers.clip), t5: await tokenizerFiles(manifest.tokenizers.t5) };
  const close = async (): Promise<void> => {
    const opened = await Promise.all(sessions.values());
    await Promise.all(opened.map((session) => session.release()));
  };
  return { manifest, runner, tokenizers, close };
}

async function createSession(folder: string, manifest: FluxManifest, name: ComponentName, threads: number): Promise<InferenceSession> {
  const component = componentOf(manifest, name);
  const externalData = await Promise.all(
    component.weights.map(async (key) => {
      const file = manifest.weights[key];
      if (file === undefined) throw new Error(`The manifest names no weights “${key}”.`);
      const bytes = await readVerified(folder, file);
      return { path: file.location, data: file.storedDtype === 'float16' ? widenHalves(bytes) : bytes };
    }),
  );
  const graph = await readVerified(folder, component.graph);
  return InferenceSession.create(graph, { externalData, intraOpNumThreads: threads, interOpNumThreads: 1, executionProviders: ['cpu'] });
}

async function readVerified(folder: string, file: BundleFile): Promise<Uint8Array> {
  const bytes = await readFile(join(folder, file.file));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (bytes.length !== file.bytes || sha256 !== file.sha256) throw new Error(`${file.file} is not the file the manifest describes.`);
  return bytes;
}

async function readJson(folder: string, file: BundleFile): Promise<object> {
  const value: unknown = JSON.parse(new TextDecoder().decode(await readVerified(folder, file)));
  if (typeof value !== 'object' || value === null) throw new Error(`${file.file} holds no JSON object.`);
  return value;
}

function toOrt(feeds: Readonly<Record<string, HostTensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, ortTensor(tensor)]));
}

function ortTensor({ data, dims }: HostTensor): Tensor {
  if (data instanceof Float32Array) return new Tensor('float32', data, dims);
  if (data instanceof Int32Array) return new Tensor('int32', data, dims);
  return new Tensor('int64', data, dims);
}

function fromOrt(results: InferenceSession.OnnxValueMapType): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(results).map(([name, value]) => {
      const { data, dims } = value as Tensor;
      if (!(data instanceof Float32Array || data instanceof Int32Array || data instanceof BigInt64Array)) {
        throw new TypeError(`The output ${name} is of a type that no pipeline uses.`);
      }
      return [name, { data, dims }];
    }),
  );
}
