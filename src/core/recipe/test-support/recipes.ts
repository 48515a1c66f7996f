/** Recipes and a policy check for tests. */
import { policyProblems } from '../../caching/policy-checks.ts';
import type { PolicyFile } from '../../policy.ts';
import { fluxSigmas } from '../../sampling/sigmas.ts';
import type { Recipe } from '../recipe.ts';
import type { PolicyValidator } from '../recipe-checks.ts';

export const BINDING = 'ab'.repeat(32);

export const boundPolicy: PolicyFile = {
  format: 'budcache-policy/1',
  name: 'NFE 3',
  model: { kind: 'bound', id: 'scenes', binding: BINDING },
  stepCount: 8,
  sigmas: fluxSigmas(8, 64),
  computedSteps: [0, 1, 4],
  payload: 'reuse',
  evidence: null,
  provenance: 'A test.',
};

export const recipe: Recipe = {
  format: 'budcache-recipe/1',
  modelId: 'scenes',
  binding: BINDING,
  prompt: 'a red fox — 狐 🦊, 100 %\n"quoted"',
  seed: 2 ** 32 - 1,
  stepCount: 8,
  guidanceScale: 3.5,
  policy: boundPolicy,
};

/** Looks only at what these tests put in; storage's schema is the one that the page uses. */
export const looksLikePolicy: PolicyValidator = (value) => {
  const policy = value as PolicyFile;
  const refused = (message: string): ReturnType<PolicyValidator> => ({ ok: false, error: { message } });
  if (policy.format !== 'budcache-policy/1' || !Array.isArray(policy.sigmas)) return refused('no policy');
  const problems = policyProblems(policy);
  return problems.length === 0 ? { ok: true, value: policy } : refused(problems.join(' '));
};
