/** The model's graphs as sessions of the runtime, checked against the manifest and run with host tensors. */
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { ProbeName } from '../../src/core/baselines/method.ts';
import { CodedError } from '../../src/protocol/errors.ts';
import type { GraphLink, GraphPort, Manifest } from '../../src/protocol/manifest.ts';
import { linksOf } from '../../src/storage/manifest-needs.ts';
import { componentOf } from '../pipelines/graph-runner.ts';
import type { ComponentName, GraphRunner, HostTensor } from '../pipelines/graph-runner.ts';
import type { Bundle } from './bundle.ts';
import { GraphChain } from './graph-chain.ts';
import type { Runtime } from './runtime.ts';

/** What the loop calls at every step. */
const LOOP_COMPONENTS: ReadonlySet<ComponentName> = new Set(['full', 'cached', 'modulated', 'firstBlock']);

/**
 * On WebGPU the loop's outputs stay on the GPU, and a graph with an operator that would silently run on the
 * processor, with a copy each way, is refused.
 */
const GPU_LOOP_OPTIONS: InferenceSession.SessionOptions = {
  preferredOutputLocation: 'gpu-buffer',
  extra: { session: { disable_cpu_ep_fallback: '1' } },
};

type GraphFiles = Pick<Bundle, 'graphs' | 'weights'>;

export class Sessions implements GraphRunner {
  readonly #runtime: Runtime;
  readonly #device: GPUDevice | null;
  readonly #manifest: Manifest;
  readonly #fetchProbe: Bundle['fetchProbe'];
  readonly #sessions = new Map<ComponentName, GraphChain>();

  private constructor(runtime: Runtime, device: GPUDevice | null, { manifest, fetchProbe }: Bundle) {
    this.#runtime = runtime;
    this.#device = device;
    this.#manifest = manifest;
    this.#fetchProbe = fetchProbe;
  }

  /**
   * @param device computes on WebGPU; null on the processor.
   * @throws CodedError `model-invalid`, or `out-of-memory`.
   */
  static async create(runtime: Runtime, device: GPUDevice | null, bundle: Bundle): Promise<Sessions> {
    const sessions = new Sessions(runtime, device, bundle);
    try {
      await sessions.#open(bundle);
    } catch (error) {
      await sessions.release();
      throw error;
    }
    return sessions;
  }

  /**
   * Does nothing where the probe is open. Between two runs only, as all of the runtime's work.
   * @throws CodedError as `create` does, or as the bundle's files do where they must be fetched again.
   */
  async openProbe(name: ProbeName, signal: AbortSignal): Promise<void> {
    if (!this.#sessions.has(name)) await this.#open(await this.#fetchProbe(name, signal));
  }

  /** One after the other: the runtime cannot create two at once. */
  async #open({ graphs, weights }: GraphFiles): Promise<void> {
    for (const [name, files] of graphs) {
      const component = componentOf(this.#manifest, name);
      const opened: InferenceSession[] = [];
      try {
        for (const [index, link] of linksOf(component).entries()) {
          const session = await createSession(this.#runtime, this.#device, link, name, files[index] ?? new Uint8Array(), weights);
          opened.push(session);
          checkPorts(`${name} inputs`, link.inputs, session.inputMetadata);
          checkPorts(`${name} outputs`, link.outputs, session.outputMetadata);
        }
      } catch (error) {
        for (const session of opened) await session.release();
        throw error;
      }
      this.#sessions.set(name, new GraphChain(opened, component.outputs.map((port) => port.name)));
    }
  }

  get(component: ComponentName): GraphChain {
    const session = this.#sessions.get(component);
    if (session === undefined) throw new CodedError('internal', `There is no session for ${component}`);
    return session;
  }

  async run(component: ComponentName, feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>> {
    const inputs = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, this.#fromHost(tensor)]));
    const outputs = await this.get(component).run(inputs);
    const results: Record<string, HostTensor> = {};
    for (const [name, tensor] of Object.entries(outputs)) results[name] = await toHost(tensor);
    return results;
  }

  /** Frees every session; none may be running. */
  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
    this.#sessions.clear();
  }

  #fromHost({ data, dims }: HostTensor): Tensor {
    if (data instanceof Float32Array) return new this.#runtime.Tensor('float32', data, dims);
    if (data instanceof Int32Array) return new this.#runtime.Tensor('int32', data, dims);
    return new this.#runtime.Tensor('int64', data, dims);
  }
}

async function createSession(
  runtime: Runtime,
  device: GPUDevice | null,
  link: GraphLink,
  name: ComponentName,
  graph: Uint8Array,
  weights: Bundle['weights'],
): Promise<InferenceSession> {
  const externalData = link.weights.map((key) => {
    const found = weights.get(key);
    if (found === undefined) throw new CodedError('model-invalid', `${name} needs the weights ${key}, which the bundle lacks`);
    return found;
  });
  try {
    return await runtime.InferenceSession.create(graph, {
      executionProviders: device === null ? ['wasm'] : [{ name: 'webgpu', device }],
      externalData,
      ...(device !== null && LOOP_COMPONENTS.has(name) ? structuredClone(GPU_LOOP_OPTIONS) : {}),
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = isMemoryFailure(message) ? 'out-of-memory' : 'model-invalid';
    throw new CodedError(code, `The graph ${name} could not be loaded: ${message}`, { cause: error });
  }
}

/** The runtime has no error classes: only its words tell. */
const isMemoryFailure = (message: string): boolean => /out of memory|bad_alloc|failed to allocate|allocation failed/i.test(message);

/** Graph and manifest must say the same: names, types and sizes, in any order. */
function checkPorts(
  what: string,
  expected: readonly GraphPort[],
  found: readonly InferenceSession.ValueMetadata[],
): void {
  const inManifest = expected.map(({ name, dtype, shape }) => `${name} ${dtype} [${shape.join(', ')}]`);
  const inGraph = found.map((port) =>
    port.isTensor ? `${port.name} ${port.type} [${port.shape.join(', ')}]` : `${port.name} (not a tensor)`,
  );
  if (inManifest.toSorted().join('; ') !== inGraph.toSorted().join('; ')) {
    throw new CodedError(
      'model-invalid',
      `${what}: the manifest says ${inManifest.join('; ')}, the graph has ${inGraph.join('; ')}`,
    );
  }
}

/** Reads GPU outputs back and frees them. */
async function toHost(tensor: Tensor): Promise<HostTensor> {
  const data = await tensor.getData(true);
  if (data instanceof Float32Array || data instanceof Int32Array || data instanceof BigInt64Array) {
    return { data, dims: tensor.dims };
  }
  throw new CodedError('model-invalid', `A graph gave ${tensor.type} values, which no pipeline takes`);
}

