/** What of a recipe from outside the open model can do, and in words what it cannot. */
import type { PolicyFile } from '../core/policy.ts';
import { nfeOf } from '../core/policy.ts';
import type { Recipe } from '../core/recipe/recipe.ts';
import type { Manifest } from '../protocol/manifest.ts';
import { sizeName, sizesOf } from '../storage/manifest-size.ts';
import type { StoredPolicy } from '../storage/policy-store.ts';
import type { Draft } from '../storage/settings-store.ts';
import { MAX_PROMPT_CHARACTERS } from '../storage/settings-store.ts';
import { fitOf, stepsToChoose } from './policy-fit.ts';

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

/** The recipe names this manifest's model; the library is what is stored for it. */
export function fitRecipe(recipe: Recipe, manifest: Manifest, library: readonly StoredPolicy[]): FittedRecipe {
  const problems: string[] = [];
  const isOtherVersion = recipe.binding !== null && recipe.binding !== manifest.binding;
  const otherSize = sizesOf(manifest).find(({ binding }) => binding === recipe.binding);
  if (isOtherVersion) {
    problems.push(
      otherSize === undefined
        ? 'It was made with another version of this model, so the picture will differ.'
        : `It was made at ${sizeName(otherSize.image)}; choose that size for the same picture.`,
    );
  }
  if (recipe.prompt.length > MAX_PROMPT_CHARACTERS) {
    problems.push(`Its prompt is cut to the ${MAX_PROMPT_CHARACTERS} characters that this page takes.`);
  }
  const { min, max } = manifest.guidance;
  const guidanceScale = Math.min(Math.max(recipe.guidanceScale, min), max);
  if (guidanceScale !== recipe.guidanceScale) {
    problems.push(`Its guidance of ${recipe.guidanceScale} is outside this model’s range; ${guidanceScale} is used.`);
  }
  const { negativePrompt = '' } = recipe;
  if (negativePrompt !== '' && manifest.guidance.kind === 'embedded') problems.push('Its negative prompt is left out: this model takes none.');
  const settings = { prompt: recipe.prompt, negativePrompt, seed: recipe.seed, guidanceScale, pictureCount: 1 };
  const budget = fitPolicy(recipe, manifest, library);
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

function fitPolicy({ policy, stepCount }: Recipe, manifest: Manifest, library: readonly StoredPolicy[]): FittedPolicy {
  const refused = (reason: string): FittedPolicy => ({ draft: {}, policy: null, problem: `${reason} ${LEFT_OUT}` });
  const stepsDraft = (steps: number): Partial<Draft> => ({ stepCount: steps === manifest.defaults.stepCount ? null : steps });
  if (policy === null) {
    return { draft: { ...stepsDraft(stepCount), budget: stepCount, policyId: null }, policy: null, problem: null };
  }
  if (typeof policy === 'string') {
    const known = library.find(({ file }) => file.name === policy && file.stepCount === stepCount && reasonAgainst(file, manifest) === null);
    if (known === undefined) return refused(`Its policy “${policy}” is not in this browser.`);
    const draft = { ...stepsDraft(stepsToChoose(known.file, manifest)), budget: nfeOf(known.file), policyId: known.id };
    return { draft, policy: null, problem: null };
  }
  const reason = reasonAgainst(policy, manifest);
  if (reason !== null) return refused(reason);
  return { draft: stepsDraft(stepsToChoose(policy, manifest)), policy, problem: null };
}

/** Why the policy cannot be used with the model at any number of steps; null where it can. */
function reasonAgainst(policy: PolicyFile, manifest: Manifest): string | null {
  const fit = fitOf(policy, manifest, policy.stepCount);
  return fit.kind === 'misfit' ? fit.reason : null;
}
