/**
 * What several-pair searches minimise: a mask's loss on each of several pairs, told in stages so that a bad mask is
 * given up early. And the book kept of it, which is all the state a search has.
 */
import type { Mask } from './mask.ts';
import { maskKey } from './mask.ts';

export interface Stage {
  /** How many further pairs it tells of. */
  readonly pairs: number;
  /** In evaluations: cached runs of one pair. */
  readonly cost: number;
}

export interface StagedObjective {
  readonly stages: readonly Stage[];
  /** Other pairs, for the choice between finalists; null when there are none. */
  readonly validation: Stage | null;
  /** The squared errors of the final latents (mean over the values) on the stage's own pairs. */
  losses(mask: Mask, stage: number | 'validation'): Promise<readonly number[]>;
}

/** One look at a mask. Plain data. */
export interface BookEntry {
  readonly mask: Mask;
  readonly stage: number | 'validation';
  readonly losses: readonly number[];
}

export interface EvaluationBook {
  /** Losses on the pairs of all stages up to this one, or on the validation pairs; from the book where they stand there. */
  lossesUpTo(mask: Mask, stage: number | 'validation'): Promise<readonly number[]>;
  /** Spent on what this search asked for, whether it was run now or stood in the book that it began with. */
  evaluations(): number;
  /** Different masks looked at. */
  masks(): number;
  /** What this search asked for, each look once, in its order: the same whether it was resumed or not. */
  looks(): readonly BookEntry[];
  /** Everything that is known: a search that begins with it repeats the same way without running it again. */
  entries(): readonly BookEntry[];
}

export function createBook(objective: StagedObjective, known: readonly BookEntry[] = []): EvaluationBook {
  const keyOf = (mask: Mask, stage: number | 'validation'): string => `${stage}:${maskKey(mask)}`;
  const entries = [...known];
  const losses = new Map(entries.map((entry) => [keyOf(entry.mask, entry.stage), entry.losses]));
  const asked = new Map<string, BookEntry>();
  const masks = new Set<string>();
  let evaluations = 0;

  const look = async (mask: Mask, stage: number | 'validation'): Promise<readonly number[]> => {
    const key = keyOf(mask, stage);
    const cost = (stage === 'validation' ? objective.validation : objective.stages[stage])?.cost;
    if (cost === undefined) throw new RangeError(`The objective has no stage “${stage}”.`);
    let found = losses.get(key);
    if (found === undefined) {
      found = await objective.losses(mask, stage);
      const bad = found.find((loss) => !(loss >= 0 && loss < Infinity));
      if (bad !== undefined) throw new Error(`The loss of the mask {${maskKey(mask)}} is ${bad}, not a finite number.`);
      losses.set(key, found);
      entries.push({ mask, stage, losses: found });
    }
    if (!asked.has(key)) {
      asked.set(key, { mask, stage, losses: found });
      evaluations += cost;
      masks.add(maskKey(mask));
    }
    return found;
  };

  const lossesUpTo = async (mask: Mask, stage: number | 'validation'): Promise<readonly number[]> => {
    if (stage === 'validation') return look(mask, stage);
    const all: number[] = [];
    for (let earlier = 0; earlier <= stage; earlier++) all.push(...(await look(mask, earlier)));
    return all;
  };
  return { lossesUpTo, evaluations: () => evaluations, masks: () => masks.size, looks: () => [...asked.values()], entries: () => entries };
}

/** Below what float32 latents can show; keeps the logarithm of a perfect run finite. */
const SMALLEST_LOSS = 1e-20;

export const logLosses = (losses: readonly number[]): number[] => losses.map((loss) => Math.log(Math.max(SMALLEST_LOSS, loss)));

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean over pairs of the natural logarithm: 10/ln 10 times its negative is the mean PSNR up to the peaks. */
export const meanLogLoss = (losses: readonly number[]): number => mean(logLosses(losses));
