/** The one way in for a policy, wherever it comes from: shape first, then sense. Whether it fits a model is asked of app/policy-fit.ts. */
import { policyProblems } from '../core/caching/policy-checks.ts';
import type { PolicyFile } from '../core/policy.ts';
import type { Outcome } from '../protocol/errors.ts';
import { parsePolicyShape } from './policy-schema.ts';
import { fail, parseJson } from './schema-failure.ts';

/** A policy of a thousand steps is under 30 kB; more is some other file. */
export const MAX_POLICY_BYTES = 1_000_000;

/** A policy that could be run on some model. Fails with `policy-invalid` and the path or the sentence of the problem. */
export function parsePolicyFile(value: unknown): Outcome<PolicyFile> {
  const shape = parsePolicyShape(value);
  if (!shape.ok) return shape;
  const problems = policyProblems(shape.value);
  return problems.length === 0 ? shape : fail('policy-invalid', problems.join(' '));
}

/** As `parsePolicyFile`, from a file's text. */
export function parsePolicyText(text: string): Outcome<PolicyFile> {
  const json = parseJson(text, 'policy-invalid');
  return json.ok ? parsePolicyFile(json.value) : json;
}

/** The file's text as it is exported: readable, and the same every time. */
export const policyText = (policy: PolicyFile): string => `${JSON.stringify(policy, null, 2)}\n`;
