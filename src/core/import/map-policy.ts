/** A policy brought to another number of steps: a new policy, with the same budget to the step and verified nowhere. */
import type { PolicyFile } from '../policy.ts';
import { nfeOf } from '../policy.ts';
import { mapMask } from '../search/warm-starts.ts';
import { portablePolicy } from './portable-policy.ts';
import type { Checked } from './refusal.ts';
import { checked, refuse } from './refusal.ts';

/**
 * The computed steps' noise levels are given to the new steps one to one, nearest in sum: nearest alone would merge
 * steps and shrink the budget. Refuses coefficients, which hold for their own steps only, and budgets that do not fit.
 * @param sigmas the new noise levels, one more than steps.
 */
export function mapPolicy(policy: PolicyFile, sigmas: readonly number[], architecture: string): Checked<PolicyFile> {
  const [nfe, stepCount] = [nfeOf(policy), sigmas.length - 1];
  return checked(() => {
    if (policy.coefficients !== undefined) refuse('policy-invalid', 'Its coefficients were fitted to its own steps and hold for no others.');
    if (nfe > stepCount) refuse('policy-invalid', `${nfe} computed steps do not fit into ${stepCount}.`);
    const mapped = portablePolicy({
      name: `${policy.name}, mapped to ${stepCount}`,
      architecture,
      sigmas,
      computedSteps: mapMask(policy, sigmas, nfe),
      provenance: `Mapped from ${policy.stepCount} to ${stepCount} steps by noise level, one to one. Not verified. Before: ${policy.provenance}`,
    });
    const { payload, parameter } = policy;
    return { ...mapped, payload, ...(parameter === undefined ? {} : { parameter }) };
  });
}
