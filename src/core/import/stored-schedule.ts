/** Finds the schedule in a torch file's values: the official layouts of BudCache, and the plain ones people save by hand. */
import type { PickleDict, PickleValue } from './pickle-values.ts';
import { isDict, isSequence, isTensor } from './pickle-values.ts';
import { refuse } from './refusal.ts';
import type { TorchFile } from './torch-file.ts';

/** What a file says; null where it is silent. */
export interface StoredSchedule {
  readonly stepCount: number | null;
  /** Steps that reuse. */
  readonly cachedSteps: readonly number[] | null;
  readonly computedSteps: readonly number[] | null;
  /** stepCount + 1 values, or stepCount without the last 0. */
  readonly sigmas: readonly number[] | null;
  /** Latent MSE of the search that made it. */
  readonly loss: number | null;
  /** Where only one model family's files look like this. */
  readonly architecture: string | null;
}

/** The first name in each list is the official one. */
const CACHED_KEYS = ['cache_step', 'cache_steps'];
const COMPUTED_KEYS = ['schedule_indices', 'compute_steps', 'computed_steps'];
const MASK_KEYS = ['schedule_mask', 'mask'];
const STEP_COUNT_KEYS = ['student_steps', 'steps', 'num_steps'];
const SIGMA_KEYS = ['learned_sigmas', 'sigmas'];
/** Only the Wan scripts write these. */
const WAN_KEYS = ['schedule_params', 'schedule_indices'];

const SILENT: StoredSchedule = {
  stepCount: null,
  cachedSteps: null,
  computedSteps: null,
  sigmas: null,
  loss: null,
  architecture: null,
};

/** Refuses (`layout-unknown`, `mask-invalid`, `tensor-invalid`) by throwing; see refusal.ts. */
export function scheduleIn(file: TorchFile): StoredSchedule {
  const { root } = file;
  if (isDict(root)) return scheduleOfDict(file, root);
  const values = listOf(file, root);
  if (values === null) refuse('layout-unknown', 'The file holds neither a dictionary nor a list of steps.');
  return { ...SILENT, ...stepsOfList(values) };
}

function scheduleOfDict(file: TorchFile, dict: PickleDict): StoredSchedule {
  const list = (keys: readonly string[]): number[] | null => {
    const value = valueOf(dict, keys);
    return value === undefined ? null : (listOf(file, value) ?? refuse('layout-unknown', `“${keys[0]}” in the file is no list of numbers.`));
  };
  const mask = list(MASK_KEYS);
  const ofMask = mask === null ? null : stepsOfMask(mask);
  const [cachedSteps, computedSteps] = [list(CACHED_KEYS), list(COMPUTED_KEYS) ?? ofMask?.computedSteps ?? null];
  if (cachedSteps === null && computedSteps === null) {
    refuse('layout-unknown', 'The file has no list of cached steps (“cache_step”).');
  }
  const stepCount = numberOf(dict, STEP_COUNT_KEYS) ?? ofMask?.stepCount ?? null;
  if (ofMask !== null && (stepCount !== ofMask.stepCount || !sameSteps(computedSteps ?? [], ofMask.computedSteps))) {
    refuse('mask-invalid', 'The file’s mask and its other fields contradict each other.');
  }
  return {
    stepCount,
    cachedSteps,
    computedSteps,
    sigmas: list(SIGMA_KEYS),
    loss: numberOf(dict, ['best_loss']),
    architecture: WAN_KEYS.some((key) => dict.entries.has(key)) ? 'wan' : null,
  };
}

const valueOf = (dict: PickleDict, keys: readonly string[]): PickleValue | undefined =>
  keys.map((key) => dict.entries.get(key)).find((value) => value !== undefined);

function numberOf(dict: PickleDict, keys: readonly string[]): number | null {
  const value = valueOf(dict, keys);
  return typeof value === 'number' ? value : null;
}

/** A list, tuple or one-dimensional tensor of numbers or booleans; null for anything else. */
function listOf(file: TorchFile, value: PickleValue): number[] | null {
  if (isTensor(value)) return value.shape.length === 1 ? file.numbers(value) : null;
  if (!isSequence(value)) return null;
  const numbers = value.items.map((item) => (typeof item === 'boolean' ? Number(item) : item));
  return numbers.every((item) => typeof item === 'number') ? numbers : null;
}

type Steps = Partial<Pick<StoredSchedule, 'stepCount' | 'cachedSteps' | 'computedSteps'>>;

/**
 * A bare list says its own meaning: step 0 is always computed and never cached, so a list of steps with 0 lists
 * computed ones and a list without it cached ones; anything that does not rise is a mask.
 */
function stepsOfList(values: readonly number[]): Steps {
  const rises = values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0));
  if (!rises || (values.length === 1 && values[0] === 1)) return stepsOfMask(values);
  return values[0] === 0 ? { computedSteps: values } : { cachedSteps: values };
}

/** The first entry is that of step 0, which is always computed; what equals it is computed too. */
function stepsOfMask(mask: readonly number[]): { stepCount: number; computedSteps: number[] } {
  const stray = mask.find((value) => value !== 0 && value !== 1);
  if (stray !== undefined) refuse('mask-invalid', `A mask holds only 0 and 1, or steps in rising order; the file has ${stray}.`);
  const computed = mask[0] ?? 1;
  return { stepCount: mask.length, computedSteps: mask.flatMap((value, step) => (value === computed ? [step] : [])) };
}

const sameSteps = (one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((step, index) => step === other[index]);
