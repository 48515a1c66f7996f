/** What choosing another number of steps means for the budgets on offer. */
import type { BudgetStop } from './budget-stops.ts';

/** @param ownCount the model's own number of steps, which its policies were made for. */
export function stepsHint(stepCount: number, ownCount: number, stops: readonly BudgetStop[]): string {
  const policies = stops.flatMap(({ choices }) => choices).filter(({ file }) => file !== null);
  if (policies.length === 0) return `The policies here were made for ${ownCount} steps. With ${stepCount}, only the full run is offered.`;
  const which = policies.length === 1 ? 'one policy' : `${policies.length} policies`;
  return `The model’s own policies were made for ${ownCount} steps. With ${stepCount}, the full run and ${which} made for it are offered.`;
}
