/** The page between the search worker and the engine: every real run passes here, and is timed. */
import type { PolicyFile, StepCoefficients } from '../core/policy.ts';
import type { Mask } from '../core/search/mask.ts';
import type { PageSearchChange, PageSearchProgress } from '../core/search/page-search-types.ts';
import type { CalibrationCost, CalibrationPair } from '../protocol/calibration.ts';
import type { EngineApi } from '../protocol/engine.ts';
import type { Outcome } from '../protocol/errors.ts';
import type { SearchHost } from '../protocol/search.ts';
import type { SearchRecord } from '../storage/search-record.ts';
import { newRunId } from './run-id.ts';

export interface SearchDeskOptions {
  readonly engine: EngineApi;
  readonly record: SearchRecord;
  /** Settles when it is stored. */
  readonly keep: (change: PageSearchChange) => Promise<void>;
  readonly tell: (progress: PageSearchProgress) => void;
}

export interface SearchDesk {
  readonly host: SearchHost;
  /** So far that real runs waited behind a person's; no work of the search. */
  readonly waitedMs: () => number;
  /** Ends the real run under way, if there is one. */
  readonly cancelRun: () => Promise<void>;
}

/** The mask as a policy that the engine can run: by plain reuse, or with its fitted payload. */
export const policyOfMask = (
  { modelId, binding, plan }: Pick<SearchRecord, 'modelId' | 'binding' | 'plan'>,
  mask: Mask,
  coefficients: readonly StepCoefficients[] | null = null,
): PolicyFile => ({
  format: 'budcache-policy/1',
  name: 'candidate',
  model: { kind: 'bound', id: modelId, binding },
  stepCount: plan.stepCount,
  sigmas: plan.sigmas,
  computedSteps: mask,
  ...(coefficients === null ? { payload: 'reuse' } : { payload: 'fitted', coefficients }),
  evidence: null,
  provenance: 'a search under way',
});

export function createSearchDesk({ engine, record, keep, tell }: SearchDeskOptions): SearchDesk {
  let waitedMs = 0;
  let runId: string | null = null;

  /** Each run's own time is its cost; the rest of its call it waited. */
  const timed = async <T extends { readonly cost: CalibrationCost }>(run: (runId: string) => Promise<Outcome<T>>): Promise<Outcome<T>> => {
    const startMs = performance.now();
    runId = newRunId();
    const outcome = await run(runId);
    runId = null;
    if (outcome.ok) waitedMs += Math.max(0, performance.now() - startMs - outcome.value.cost.ms);
    return outcome;
  };
  const jobOf = (id: string) => ({ runId: id, binding: record.binding, stepCount: record.plan.stepCount });
  const requestOf = (pairNumber: number, id: string) => {
    const pair: CalibrationPair | undefined = record.pairs[pairNumber];
    if (pair === undefined) throw new RangeError(`There is no pair ${pairNumber}.`);
    return { ...jobOf(id), pair };
  };
  const latentsUnder = async (pairNumber: number, policy: PolicyFile): Promise<Outcome<Float32Array>> => {
    const outcome = await timed((id) => engine.rescore({ ...requestOf(pairNumber, id), policy }));
    return outcome.ok ? { ok: true, value: outcome.value.latents } : outcome;
  };

  const host: SearchHost = {
    teach: (pair, withErrors) => timed((id) => engine.teach({ ...requestOf(pair, id), withErrors })),
    finalLatents: (pair, mask, coefficients) => latentsUnder(pair, policyOfMask(record, mask, coefficients)),
    async fit(masks, calibration, judges) {
      const sets = { calibration: record.pairs.slice(0, calibration), judges: record.pairs.slice(calibration, calibration + judges) };
      const outcome = await timed((id) => engine.fit({ ...jobOf(id), masks, ...sets }));
      return outcome.ok ? { ok: true, value: outcome.value.payloads } : outcome;
    },
    rivalLatents: (pair) =>
      record.rival === null
        ? Promise.resolve({ ok: false, error: { code: 'request-invalid', message: 'There is no policy to compare with' } })
        : latentsUnder(pair, record.rival),
    keep,
    tell: (progress) => {
      tell(progress);
      return Promise.resolve();
    },
  };
  return {
    host,
    waitedMs: () => waitedMs,
    cancelRun: async () => {
      if (runId !== null) await engine.cancel(runId);
    },
  };
}
