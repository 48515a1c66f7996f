/** A component's graph; where it is cut, its pieces one after the other, each taking what earlier ones gave. */
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { CodedError } from '../../src/protocol/errors.ts';

type Tensors = Readonly<Record<string, Tensor>>;

export class GraphChain {
  readonly #links: readonly InferenceSession[];
  readonly #outputs: readonly string[];

  /** @param outputs of the whole, by name. */
  constructor(links: readonly InferenceSession[], outputs: readonly string[]) {
    this.#links = links;
    this.#outputs = outputs;
  }

  /**
   * The whole's outputs; what joins the pieces stays where the sessions put it, and is freed.
   * @param given tensors to write outputs to, by name.
   */
  async run(feeds: Tensors, given: Tensors = {}): Promise<Record<string, Tensor>> {
    const known = new Map(Object.entries(feeds));
    const made = new Map<string, Tensor>();
    try {
      for (const session of this.#links) {
        const inputs = Object.fromEntries(session.inputNames.map((name) => [name, take(known, name)]));
        const wanted = Object.fromEntries(session.outputNames.map((name) => [name, given[name] ?? null]));
        for (const [name, tensor] of Object.entries(await session.run(inputs, wanted))) {
          known.set(name, tensor);
          made.set(name, tensor);
        }
      }
      return Object.fromEntries(this.#outputs.map((name) => [name, take(made, name)]));
    } finally {
      for (const [name, tensor] of made) if (!this.#outputs.includes(name)) tensor.dispose();
    }
  }

  async release(): Promise<void> {
    for (const session of this.#links) await session.release();
  }
}

function take(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new CodedError('model-invalid', `A graph takes ${name}, which nothing gives`);
  return tensor;
}
