/** The pairs of prompt and noise that a search uses: never one in two sets. */
import type { PairCounts } from '../core/search/page-plan.ts';
import type { CalibrationPair } from '../protocol/calibration.ts';

export interface PairSource {
  /** To calibrate on, the most wanted first; not empty. */
  readonly chosen: readonly string[];
  /** Others, to judge by. */
  readonly others: readonly string[];
  readonly guidanceScale: number;
  /** Each pair has a seed of its own, from this one on. */
  readonly seed: number;
}

/**
 * Calibration, validation and comparison pairs in this order. Calibration takes the chosen prompts in turn, the others
 * judge; where there are no others, a prompt judges with noise that calibration did not see.
 */
export function searchPairs({ calibration, validation, comparison }: PairCounts, { chosen, others, guidanceScale, seed }: PairSource): CalibrationPair[] {
  const used = new Set(chosen.slice(0, calibration));
  const unused = [...new Set([...chosen, ...others])].filter((prompt) => !used.has(prompt));
  const judges = unused.length === 0 ? chosen : unused;
  const inTurn = (prompts: readonly string[], place: number): string => prompts[place % prompts.length] ?? '';
  return Array.from({ length: calibration + validation + comparison }, (_, index) => ({
    prompt: index < calibration ? inTurn(chosen, index) : inTurn(judges, index - calibration),
    seed: (seed + index) >>> 0,
    guidanceScale,
  }));
}

/** Each once, trimmed, without empty ones. */
export const distinctPrompts = (prompts: readonly string[]): string[] => [...new Set(prompts.map((prompt) => prompt.trim()).filter((prompt) => prompt !== ''))];
