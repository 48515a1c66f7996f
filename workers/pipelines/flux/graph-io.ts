/** Named results of a graph run, with their types. */
import type { HostTensor } from '../graph-runner.ts';

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
