/** cache-dit's Steps Computation Mask: 1 computes a step, 0 reuses. Imported as a portable policy, used statically. */
import type { PolicyFile } from '../policy.ts';
import type { ImportTarget } from './portable-policy.ts';
import { checkStepCount, MAX_STEP_COUNT, portablePolicy } from './portable-policy.ts';
import type { Checked } from './refusal.ts';
import { checked, refuse } from './refusal.ts';

/** A mask of the longest schedule, generously spaced, with a configuration around it. */
const MAX_TEXT_LENGTH = 100_000;

/** cache-dit defines its presets at this step count and stretches them to others by rounding rules of its own. */
const PRESET_STEP_COUNT = 28;

/** Lengths of the runs of computed and of reused steps, in turn, as cache-dit lists them. */
const PRESETS: ReadonlyMap<string, { readonly compute: readonly number[]; readonly reuse: readonly number[] }> = new Map([
  ['slow', { compute: [8, 3, 3, 2, 1, 1], reuse: [1, 2, 2, 2, 3] }],
  ['medium', { compute: [6, 2, 2, 2, 2, 1], reuse: [1, 3, 3, 3, 3] }],
  ['fast', { compute: [6, 1, 1, 1, 1, 1], reuse: [1, 3, 4, 5, 4] }],
  ['ultra', { compute: [4, 1, 1, 1, 1], reuse: [2, 5, 6, 7] }],
]);

export const CACHE_DIT_PRESETS: readonly string[] = [...PRESETS.keys()];

/** A preset's name, `111101001`, a JSON list of 0 and 1, or a JSON object with such a list as `steps_computation_mask`. */
export function importCacheDitMask(text: string, name: string, target: ImportTarget): Checked<PolicyFile> {
  return checked(() => {
    if (text.length > MAX_TEXT_LENGTH) refuse('too-large', `The text has ${text.length} characters; a mask has far fewer.`);
    const word = text.trim();
    const preset = presetMask(word);
    const mask = preset ?? (/^[01]{2,}$/.test(word) ? Array.from(word, Number) : listedMask(word));
    return policyOf(mask, preset === null ? name : `cache-dit ${word}`, preset === null ? 'a mask for' : `the preset “${word}” of`, target);
  });
}

function policyOf(mask: readonly number[], name: string, source: string, target: ImportTarget): PolicyFile {
  checkStepCount(mask.length);
  return portablePolicy({
    name,
    architecture: target.architecture,
    sigmas: target.sigmasFor(mask.length),
    computedSteps: mask.flatMap((value, step) => (value === 1 ? [step] : [])),
    provenance: `Imported from ${source} cache-dit, with the model’s own noise levels and plain reuse. Not verified.`,
  });
}

function presetMask(name: string): number[] | null {
  const preset = PRESETS.get(name);
  if (preset === undefined) return null;
  const mask = preset.compute.flatMap((count, index) => [
    ...Array.from({ length: count }, () => 1),
    ...Array.from({ length: preset.reuse[index] ?? 0 }, () => 0),
  ]);
  if (mask.length !== PRESET_STEP_COUNT) throw new Error(`The preset ${name} covers ${mask.length} steps.`);
  return mask;
}

function listedMask(text: string): number[] {
  const value = parsed(text);
  const isObject = typeof value === 'object' && value !== null;
  const list: unknown = isObject && 'steps_computation_mask' in value ? value.steps_computation_mask : value;
  if (!Array.isArray(list)) {
    refuse('mask-invalid', `Expected a list of 0 and 1, or one of the presets ${CACHE_DIT_PRESETS.join(', ')} (at ${PRESET_STEP_COUNT} steps).`);
  }
  if (list.length > MAX_STEP_COUNT) refuse('too-large', `The mask has ${list.length} steps; ${MAX_STEP_COUNT} are the most.`);
  const stray = list.findIndex((item) => item !== 0 && item !== 1);
  if (stray >= 0) refuse('mask-invalid', `A mask holds only 0 and 1; entry ${stray + 1} is something else.`);
  return list.map(Number);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
