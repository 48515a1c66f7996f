/** What a search minimises, evaluated once for each mask. */
import type { Mask } from './mask.ts';
import { maskKey } from './mask.ts';

/** Mask → a finite number, the smaller the better; e.g. the MSE of the final latents against the full run's. */
export type Objective = (mask: Mask) => Promise<number>;

export interface ScoredMask {
  readonly mask: Mask;
  readonly value: number;
}

export interface CountedObjective {
  /** From memory when the mask was seen before. @throws Error when the value is not finite. */
  evaluate(mask: Mask): Promise<ScoredMask>;
  /** How many different masks were evaluated. */
  evaluations(): number;
  /** The best mask evaluated so far, the first of equals; null before the first. */
  best(): ScoredMask | null;
}

/** Remembers every value, counts, and keeps the best mask seen anywhere. */
export function memoise(objective: Objective): CountedObjective {
  const seen = new Map<string, ScoredMask>();
  let best: ScoredMask | null = null;
  const evaluate = async (mask: Mask): Promise<ScoredMask> => {
    const key = maskKey(mask);
    const known = seen.get(key);
    if (known !== undefined) return known;
    const value = await objective(mask);
    if (!Number.isFinite(value)) throw new Error(`The objective of the mask {${key}} is ${value}, not a finite number.`);
    const scored: ScoredMask = { mask, value };
    seen.set(key, scored);
    if (best === null || value < best.value) best = scored;
    return scored;
  };
  return { evaluate, evaluations: () => seen.size, best: () => best };
}
