/** Ports of a graph and its results, by name and with their types. */
import type { GraphComponent } from '../../src/protocol/manifest.ts';
import type { HostTensor } from './graph-runner.ts';

export interface FloatTensor extends HostTensor {
  readonly data: Float32Array;
}

export function floatOutput(outputs: Readonly<Record<string, HostTensor>>, name: string): FloatTensor {
  const tensor = outputs[name];
  if (tensor === undefined || !(tensor.data instanceof Float32Array)) {
    throw new Error(`The graph gave no float32 output ${name}`);
  }
  return { data: tensor.data, dims: tensor.dims };
}

/** The shape the graph takes or gives under that name. */
export function portShape(component: GraphComponent, direction: 'inputs' | 'outputs', name: string): readonly number[] {
  const port = component[direction].find((candidate) => candidate.name === name);
  if (port === undefined) throw new Error(`The graph has no ${name} among its ${direction}`);
  return port.shape;
}

/** [1, ids], in the integer type the graph asks for. */
export function idsTensor(ids: readonly number[], component: GraphComponent): HostTensor {
  const port = component.inputs.find(({ name }) => name === 'input_ids');
  const data = port?.dtype === 'int64' ? BigInt64Array.from(ids, BigInt) : Int32Array.from(ids);
  return { data, dims: [1, ids.length] };
}
