/** Whether a stored policy can be used with the open model at the chosen number of steps. */
import { probeOf } from '../core/baselines/runtime-policy.ts';
import { misfitReason } from '../core/caching/policy-checks.ts';
import type { PolicyFile } from '../core/policy.ts';
import type { Manifest } from '../protocol/manifest.ts';

export type PolicyFit =
  | { readonly kind: 'usable' }
  /** Made for this model, at another number of steps. */
  | { readonly kind: 'other-steps'; readonly stepCount: number }
  | { readonly kind: 'misfit'; readonly reason: string };

export type FitModel = Pick<Manifest, 'id' | 'binding' | 'pipeline' | 'defaults'> & { readonly components?: object };

/**
 * A policy is used at its own number of steps and no other. Only a multistep policy replaces the model's usual
 * run by a shorter one of its own: it is offered where that usual run is chosen.
 * @param stepCount the chosen one.
 */
export function fitOf(policy: PolicyFile, model: FitModel, stepCount: number): PolicyFit {
  const { id, binding, pipeline: architecture } = model;
  const reason = misfitReason(policy, { id, binding, architecture, stepCount: policy.stepCount });
  if (reason !== null) return { kind: 'misfit', reason };
  const probe = policy.rule === undefined ? null : probeOf(policy.rule);
  if (probe !== null && !Object.hasOwn(model.components ?? {}, probe)) {
    return { kind: 'misfit', reason: `The policy looks through the graph “${probe}” while sampling, which this model’s files lack.` };
  }
  const wanted = stepsToChoose(policy, model);
  return wanted === stepCount || policy.stepCount === stepCount ? { kind: 'usable' } : { kind: 'other-steps', stepCount: wanted };
}

/** The number of steps at which the policy is offered. */
export function stepsToChoose({ payload, stepCount }: PolicyFile, { defaults }: Pick<Manifest, 'defaults'>): number {
  return payload === 'multistep' && stepCount < defaults.stepCount ? defaults.stepCount : stepCount;
}
