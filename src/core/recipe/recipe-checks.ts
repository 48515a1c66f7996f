/** Whether a value is a recipe, and one that makes sense. */
import { misfitReason, policyProblems } from '../caching/policy-checks.ts';
import { refuse } from '../import/refusal.ts';
import type { PolicyFile } from '../policy.ts';
import type { Recipe } from './recipe.ts';
import { RECIPE_FORMAT } from './recipe.ts';

/** Validates a policy's shape and sense; storage's `parsePolicyFile` is one. */
export type PolicyValidator = (
  value: unknown,
) => { readonly ok: true; readonly value: PolicyFile } | { readonly ok: false; readonly error: { readonly message: string } };

export const MAX_PROMPT_LENGTH = 10_000;
const MAX_STEP_COUNT = 1000;
const MAX_GUIDANCE = 1000;
const MAX_POLICY_NAME_LENGTH = 200;

/** A validator may repeat what it refuses, however long. */
const MAX_REASON_LENGTH = 300;

const FIELDS = ['format', 'modelId', 'binding', 'prompt', 'seed', 'stepCount', 'guidanceScale', 'policy'] as const;
const OPTIONAL_FIELDS = ['negativePrompt'] as const;

type Fields = Record<(typeof FIELDS)[number] | (typeof OPTIONAL_FIELDS)[number], unknown>;

/** A recipe with its fields in their order. Refuses (`recipe-invalid`, `policy-invalid`) by throwing; see refusal.ts. */
export function recipeFrom(value: unknown, validatePolicy: PolicyValidator): Recipe {
  const fields = fieldsOf(value);
  if (fields.format !== RECIPE_FORMAT) refuse('recipe-invalid', 'The recipe has a format that this page does not know.');
  const recipe: Recipe = {
    format: RECIPE_FORMAT,
    modelId: matching(fields.modelId, /^[\w.-]{1,100}$/, 'The recipe names no model.'),
    binding: fields.binding === null ? null : matching(fields.binding, /^[0-9a-f]{64}$/, 'The recipe’s model hash is not one.'),
    prompt: promptFrom(fields.prompt),
    ...(fields.negativePrompt === undefined ? {} : { negativePrompt: negativePromptFrom(fields.negativePrompt) }),
    seed: wholeNumber(fields.seed, 0, 2 ** 32 - 1, 'seed'),
    stepCount: wholeNumber(fields.stepCount, 1, MAX_STEP_COUNT, 'number of steps'),
    guidanceScale: guidanceFrom(fields.guidanceScale),
    policy: policyFrom(fields.policy, validatePolicy),
  };
  checkPolicyBelongs(recipe);
  return recipe;
}

/** Strict: a field this version does not know could change the picture, so it is refused, not dropped. */
function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse('recipe-invalid', 'The recipe is no object.');
  const entries = new Map(Object.entries(value));
  const missing = FIELDS.find((field) => !entries.has(field));
  if (missing !== undefined) refuse('recipe-invalid', `The recipe lacks “${missing}”.`);
  const optional = OPTIONAL_FIELDS.filter((field) => entries.has(field));
  if (entries.size > FIELDS.length + optional.length) refuse('recipe-invalid', 'The recipe holds fields that this page does not know.');
  return Object.fromEntries(entries) as Fields;
}

function matching(value: unknown, pattern: RegExp, problem: string): string {
  return typeof value === 'string' && pattern.test(value) ? value : refuse('recipe-invalid', problem);
}

function promptFrom(value: unknown): string {
  if (typeof value !== 'string') return refuse('recipe-invalid', 'The recipe’s prompt is no text.');
  if (value.length > MAX_PROMPT_LENGTH) {
    refuse('too-large', `The prompt has ${value.length} characters; ${MAX_PROMPT_LENGTH} are the most.`);
  }
  // Half a surrogate pair would not survive being stored as UTF-8.
  return /\p{Surrogate}/u.test(value) ? refuse('recipe-invalid', 'The prompt holds half a character.') : value;
}

/** One way to say that there is none. */
function negativePromptFrom(value: unknown): string {
  return value === '' ? refuse('recipe-invalid', 'The recipe’s negative prompt is empty.') : promptFrom(value);
}

function wholeNumber(value: unknown, least: number, most: number, what: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    refuse('recipe-invalid', `The recipe’s ${what} must be a whole number from ${least} to ${most}.`);
  }
  return positiveZero(value);
}

function guidanceFrom(value: unknown): number {
  if (typeof value !== 'number' || !(Math.abs(value) <= MAX_GUIDANCE)) {
    refuse('recipe-invalid', `The recipe’s guidance must be a number of at most ${MAX_GUIDANCE}.`);
  }
  return positiveZero(value);
}

/** JSON drops the sign of zero, so a recipe never has one. */
const positiveZero = (value: number): number => (value === 0 ? 0 : value);

function policyFrom(value: unknown, validatePolicy: PolicyValidator): Recipe['policy'] {
  if (value === null) return null;
  if (typeof value === 'string') {
    if (value.length < 1 || value.length > MAX_POLICY_NAME_LENGTH) refuse('recipe-invalid', 'The recipe’s policy has no proper name.');
    return /\p{Surrogate}/u.test(value) ? refuse('recipe-invalid', 'The policy’s name holds half a character.') : value;
  }
  const outcome = validatePolicy(value);
  if (!outcome.ok) return refuse('policy-invalid', `The recipe’s policy is not sound: ${outcome.error.message.slice(0, MAX_REASON_LENGTH)}`);
  const [problem] = policyProblems(outcome.value);
  return problem === undefined ? outcome.value : refuse('policy-invalid', `The recipe’s policy is not sound: ${problem}`);
}

function checkPolicyBelongs({ policy, modelId, binding, stepCount }: Recipe): void {
  if (policy === null || typeof policy === 'string') return;
  const { model } = policy;
  const wanted = {
    id: modelId,
    binding: binding ?? (model.kind === 'bound' ? model.binding : ''),
    architecture: model.kind === 'portable' ? model.architecture : '',
    stepCount,
  };
  const reason = misfitReason(policy, wanted);
  if (reason !== null) refuse('recipe-invalid', `The recipe contradicts itself. ${reason}`);
}
