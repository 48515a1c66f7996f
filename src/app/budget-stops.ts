/** The budgets a person can choose: those that have a policy for this model, and the full run. */
import type { PolicyFile } from '../core/policy.ts';
import { nfeOf } from '../core/policy.ts';
import type { StoredPolicy } from '../storage/policy-store.ts';

/** One way to spend a budget. Without a policy every step is computed. */
export interface PolicyChoice {
  /** Null is the full run. */
  readonly policyId: string | null;
  readonly label: string;
  readonly file: PolicyFile | null;
  /** False for a portable policy: nobody has compared it with this model's full run. */
  readonly verified: boolean;
}

export interface BudgetStop {
  readonly nfe: number;
  /** At least one; the first is the default. */
  readonly choices: readonly [PolicyChoice, ...PolicyChoice[]];
}

export const FULL_RUN: PolicyChoice = { policyId: null, label: 'Full run', file: null, verified: true };

/** Rising by NFE, the full run last. The policies are known to fit a run of `stepCount` steps. */
export function budgetStops(stepCount: number, policies: readonly StoredPolicy[]): BudgetStop[] {
  const byNfe = new Map<number, [PolicyChoice, ...PolicyChoice[]]>([[stepCount, [FULL_RUN]]]);
  for (const policy of policies.toSorted(shippedFirst)) {
    const choice = choiceOf(policy);
    const others = byNfe.get(nfeOf(policy.file));
    if (others === undefined) byNfe.set(nfeOf(policy.file), [choice]);
    else others.push(choice);
  }
  return [...byNfe].map(([nfe, choices]) => ({ nfe, choices })).toSorted((a, b) => a.nfe - b.nfe);
}

function choiceOf({ id, source, file }: StoredPolicy): PolicyChoice {
  const verified = file.model.kind === 'bound';
  const remark = verified ? source : `${source}, not verified on this model`;
  return { policyId: id, label: `${file.name} (${remark})`, file, verified };
}

function shippedFirst(a: StoredPolicy, b: StoredPolicy): number {
  if (a.source !== b.source) return a.source === 'shipped' ? -1 : 1;
  return a.file.name.localeCompare(b.file.name, 'en');
}

/** The stop with this NFE or the nearest one; of two as near, the cheaper. `stops` is not empty. */
export function nearestStop(stops: readonly BudgetStop[], nfe: number): BudgetStop {
  const distance = (stop: BudgetStop): number => Math.abs(stop.nfe - nfe);
  return stops.reduce((best, stop) => (distance(stop) < distance(best) ? stop : best));
}

/** `places` stops up or down from the stop at `nfe`, ending at the ends. */
export function neighbourStop(stops: readonly BudgetStop[], nfe: number, places: number): BudgetStop {
  const index = stops.indexOf(nearestStop(stops, nfe));
  const wanted = Math.min(Math.max(index + places, 0), stops.length - 1);
  return stops[wanted] ?? nearestStop(stops, nfe);
}

/** What a first visit starts from: the stop nearest to a third of the full run, the seed paper's trade. */
export const defaultStop = (stops: readonly BudgetStop[], stepCount: number): BudgetStop =>
  nearestStop(stops, Math.round(stepCount * 0.36));

/** The chosen policy of a stop; the first where the wanted one is not, or no longer, there. */
export const chosenPolicy = (stop: BudgetStop, policyId: string | null): PolicyChoice =>
  stop.choices.find((choice) => choice.policyId === policyId) ?? stop.choices[0];
