/** What of a recipe from outside the open model can do, and in words what it cannot. */
import type { PolicyFile } from '../core/policy.ts';
import { nfeOf } from '../core/policy.ts';
import type { Recipe } from '../core/recipe/recipe.ts';
import type { Manifest } from '../protocol/manifest.ts';
import { checkPolicyFits, identityOf } from '../storage/policy-file.ts';
import type { Draft } from '../storage/settings-store.ts';
import { MAX_PROMPT_CHARACTERS } from '../storage/settings-store.ts';
import type { BudgetStop } from './budget-stops.ts';

export interface FittedRecipe {
  /** The settings to take over. */
  readonly draft: Partial<Draft>;
  /** A policy that the library may lack; its budget and id replace those of `draft` once it is there. */
  readonly policy: PolicyFile | null;
  /** Sentences, each a way in which the picture may differ; none: it will be the same picture. */
  readonly problems: readonly string[];
  /** Where model or policy are others. */
  readonly code: 'policy-mismatch' | null;
}

/** The recipe names this manifest's model; the stops are those of its policies. */
export function fitRecipe(recipe: Recipe, manifest: Manifest, stops: readonly BudgetStop[]): FittedRecipe {
  const problems: string[] = [];
  const isOtherVersion = recipe.binding !== null && recipe.binding !== manifest.binding;
  if (isOtherVersion) {
    problems.push('It was made with another version of this model, so the picture will differ.');
  }
  if (recipe.prompt.length > MAX_PROMPT_CHARACTERS) {
    problems.push(`Its prompt is cut to the ${MAX_PROMPT_CHARACTERS} characters that this page takes.`);
  }
  const { min, max } = manifest.guidance;
  const guidanceScale = Math.min(Math.max(recipe.guidanceScale, min), max);
  if (guidanceScale !== recipe.guidanceScale) {
    problems.push(`Its guidance of ${recipe.guidanceScale} is outside this model’s range; ${guidanceScale} is used.`);
  }
  const settings = { prompt: recipe.prompt, seed: recipe.seed, guidanceScale };
  const budget = fitPolicy(recipe, manifest, stops);
  return {
    draft: { ...settings, ...budget.draft },
    policy: budget.policy,
    problems: budget.problem === null ? problems : [...problems, budget.problem],
    code: isOtherVersion || budget.problem !== null ? 'policy-mismatch' : null,
  };
}

interface FittedPolicy {
  readonly draft: Partial<Draft>;
  readonly policy: PolicyFile | null;
  readonly problem: string | null;
}

const LEFT_OUT = 'The budget stays as it was.';

function fitPolicy({ policy, stepCount }: Recipe, manifest: Manifest, stops: readonly BudgetStop[]): FittedPolicy {
  const refused = (reason: string): FittedPolicy => ({ draft: {}, policy: null, problem: `${reason} ${LEFT_OUT}` });
  if (policy === null) {
    const isSameLength = stepCount === manifest.defaults.stepCount;
    if (!isSameLength) return refused(`It takes ${stepCount} steps, where this page takes ${manifest.defaults.stepCount}.`);
    return { draft: { budget: stepCount, policyId: null }, policy: null, problem: null };
  }
  if (typeof policy === 'string') {
    const choice = stops.flatMap(({ choices }) => choices).find(({ file }) => file?.name === policy);
    if (choice === undefined || choice.file === null) return refused(`Its policy “${policy}” is not in this browser.`);
    return { draft: { budget: nfeOf(choice.file), policyId: choice.policyId }, policy: null, problem: null };
  }
  const fits = checkPolicyFits(policy, identityOf(manifest));
  return fits.ok ? { draft: {}, policy: fits.value, problem: null } : refused(fits.error.message);
}
