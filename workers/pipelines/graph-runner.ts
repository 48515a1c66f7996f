/** How a pipeline runs an exported graph without knowing the runtime: the engine injects onnxruntime-web, headless tools another. */
import type { ComponentName, GraphComponent, Manifest } from '../../src/protocol/manifest.ts';

export type { ComponentName };

export interface HostTensor {
  readonly data: Float32Array | Int32Array | BigInt64Array;
  readonly dims: readonly number[];
}

/** Feeds and results by the graph's own port names; results are fresh arrays owned by the caller. */
export interface GraphRunner {
  run(component: ComponentName, feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>>;
}

/** @throws Error where the model's pipeline or bundle has no such graph. */
export function componentOf(manifest: Manifest, name: ComponentName): GraphComponent {
  const components: Partial<Record<ComponentName, GraphComponent>> = manifest.components;
  const component = components[name];
  if (component === undefined) throw new Error(`The bundle has no graph ${name}`);
  return component;
}
