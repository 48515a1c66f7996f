/** This machine's measured times, one record per model and backend. */
import * as v from 'valibot';
import type { BackendReport, CostModel } from '../protocol/engine.ts';
import type { KeyValueStore } from './key-value.ts';
import type { Assert, DeepReadonly, MutuallyAssignable } from './schema-failure.ts';

const milliseconds = v.pipe(v.number(), v.finite(), v.minValue(0));
const costModel = v.object({
  fullMs: milliseconds,
  cachedMs: milliseconds,
  textMs: milliseconds,
  vaeMs: milliseconds,
});

export type CostSchemaIsExact = Assert<MutuallyAssignable<DeepReadonly<v.InferOutput<typeof costModel>>, CostModel>>;

/** Whatever changes the times must be part of the key: another thread count is another machine. */
export const costKey = (binding: string, backend: BackendReport): string =>
  [binding, backend.kind, backend.adapter ?? 'cpu', backend.threads, backend.computeDtype].join('|');

export interface CostStore {
  /** Null when this pair was never measured, or the record is damaged. */
  read(binding: string, backend: BackendReport): Promise<CostModel | null>;
  write(binding: string, backend: BackendReport, costs: CostModel): Promise<void>;
}

export function createCostStore(store: KeyValueStore): CostStore {
  return {
    async read(binding, backend) {
      const result = v.safeParse(costModel, await store.get(costKey(binding, backend)));
      return result.success ? result.output : null;
    },
    write: (binding, backend, costs) => store.set(costKey(binding, backend), costs),
  };
}
