/** The budgets a person can choose: those that have a policy for this model, and the full run. */
import type { PolicyFile } from '../core/policy.ts';
import { nfeOf } from '../core/policy.ts';
import type { PolicySource, StoredPolicy } from '../storage/policy-store.ts';
import type { FitModel } from './policy-fit.ts';
import { fitOf } from './policy-fit.ts';

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

/** Rising by NFE, the full run the last. The policies are known to be usable where the full run takes `stepCount` steps. */
export function budgetStops(stepCount: number, policies: readonly StoredPolicy[]): [BudgetStop, ...BudgetStop[]] {
  const byNfe = new Map<number, [PolicyChoice, ...PolicyChoice[]]>([[stepCount, [FULL_RUN]]]);
  for (const policy of policies.toSorted(shippedFirst)) {
    const choice = choiceOf(policy);
    const others = byNfe.get(nfeOf(policy.file));
    if (others === undefined) byNfe.set(nfeOf(policy.file), [choice]);
    else others.push(choice);
  }
  const [first, ...others] = [...byNfe].map(([nfe, choices]) => ({ nfe, choices })).toSorted((a, b) => a.nfe - b.nfe);
  return first === undefined ? [{ nfe: stepCount, choices: [FULL_RUN] }] : [first, ...others];
}

/** Those of the stored policies that the open model can use at the chosen number of steps. */
export function stopsFor(manifest: FitModel, library: readonly StoredPolicy[], chosenSteps: number | null): [BudgetStop, ...BudgetStop[]] {
  const stepCount = chosenSteps ?? manifest.defaults.stepCount;
  return budgetStops(
    stepCount,
    library.filter(({ file }) => fitOf(file, manifest, stepCount).kind === 'usable'),
  );
}

function choiceOf({ id, source, file }: StoredPolicy): PolicyChoice {
  const verified = file.model.kind === 'bound';
  const remarks = [source, ...(file.payload === 'multistep' ? ['multistep'] : []), ...(file.rule === undefined ? [] : ['decides while sampling']), ...(verified ? [] : ['not verified on this model'])];
  return { policyId: id, label: `${file.name} (${remarks.join(', ')})`, file, verified };
}

const SOURCE_ORDER: readonly PolicySource[] = ['shipped', 'own', 'imported'];

/** Where one budget has several policies, the first is its default: unverified ones come late, those that decide while sampling last. */
export function shippedFirst(a: StoredPolicy, b: StoredPolicy): number {
  const rank = ({ source, file }: StoredPolicy): number =>
    SOURCE_ORDER.indexOf(source) + SOURCE_ORDER.length * ((file.model.kind === 'bound' ? 0 : 1) + (file.rule === undefined ? 0 : 2));
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
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
