/** The points of quality against budget: what policies were measured to be worth, and the person's own comparisons. */
import type { CallCosts } from '../core/caching/cost.ts';
import { predictedPolicyMs } from '../core/caching/cost.ts';
import { nfeOf } from '../core/policy.ts';
import type { ComparedRun } from '../storage/compared-runs-store.ts';
import type { PolicySource, StoredPolicy } from '../storage/policy-store.ts';
import type { FitModel } from './policy-fit.ts';
import { stepsToChoose } from './policy-fit.ts';

export type CurveAxis = 'nfe' | 'seconds';

export interface CurvePoint {
  readonly kind: PolicySource | 'run';
  /** For a person. */
  readonly label: string;
  /** Steps of its own, all computed, in place of the full run's. */
  readonly isMultistep: boolean;
  readonly nfe: number;
  /** Of a picture: foretold for a policy, measured for a run; null while this machine is not measured. */
  readonly ms: number | null;
  /** Latent PSNR against the full run. */
  readonly psnrDb: number;
  readonly intervalDb: readonly [number, number] | null;
  /** What a choice of the point selects; null where it is no longer stored. */
  readonly policyId: string | null;
}

/** Of policies measured on this very model against its run of `stepCount` steps, by NFE. */
export function policyPoints(library: readonly StoredPolicy[], model: Pick<FitModel, 'binding' | 'defaults'>, stepCount: number, costs: CallCosts | null): CurvePoint[] {
  return library
    .flatMap(({ id, source, file }): CurvePoint[] => {
      const psnrDb = file.evidence?.latentPsnrDb ?? null;
      const isMeasuredHere = file.model.kind === 'bound' && file.model.binding === model.binding && stepsToChoose(file, model) === stepCount;
      if (psnrDb === null || !isMeasuredHere) return [];
      const ms = costs === null ? null : predictedPolicyMs(costs, file);
      const intervalDb = file.evidence?.latentPsnrIntervalDb ?? null;
      return [{ kind: source, label: file.name, isMultistep: file.payload === 'multistep', nfe: nfeOf(file), ms, psnrDb, intervalDb, policyId: id }];
    })
    .toSorted((a, b) => a.nfe - b.nfe || a.psnrDb - b.psnrDb);
}

/** The latest first. */
export function runPoints(runs: readonly ComparedRun[], binding: string, stepCount: number, library: readonly StoredPolicy[]): CurvePoint[] {
  return runs
    .filter((run) => run.binding === binding && run.stepCount === stepCount)
    .map(({ prompt, seed, nfe, totalMs, latentPsnrDb, policyId }) => ({
      kind: 'run' as const,
      label: `${prompt}, seed ${seed}`,
      isMultistep: false,
      nfe,
      ms: totalMs,
      psnrDb: latentPsnrDb,
      intervalDb: null,
      policyId: library.some(({ id }) => id === policyId) ? policyId : null,
    }))
    .toReversed();
}

/** Null where the point has no place on the axis yet. */
export const placeOnAxis = ({ nfe, ms }: CurvePoint, axis: CurveAxis): number | null => (axis === 'nfe' ? nfe : ms === null ? null : ms / 1000);
