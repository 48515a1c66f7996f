/** Hooke and Jeeves' pattern search: one coordinate after another by a step that shrinks. Needs no derivative, no chance. */
import type { Cancel } from '../denoiser.ts';

export interface PatternSettings {
  /** The first step, of every coordinate. */
  readonly step: number;
  readonly smallestStep: number;
  readonly maxEvaluations: number;
}

export interface PatternResult {
  readonly point: readonly number[];
  readonly value: number;
  /** The start's counted. */
  readonly evaluations: number;
}

/** The value never rises above the start's. @throws what the objective or `cancel` throws, and when a value is no number. */
export async function patternSearch(
  objective: (point: readonly number[]) => Promise<number>,
  start: readonly number[],
  settings: PatternSettings,
  cancel?: Cancel,
): Promise<PatternResult> {
  let evaluations = 0;
  const valueOf = async (point: readonly number[]): Promise<number> => {
    cancel?.throwIfAborted();
    evaluations += 1;
    const value = await objective(point);
    if (Number.isNaN(value)) throw new Error('The objective of the pattern search is not a number.');
    return value;
  };
  let best = { point: start, value: await valueOf(start) };
  const mayGoOn = (): boolean => evaluations < settings.maxEvaluations;

  /** From `base` along every coordinate both ways, each gain kept. */
  const explore = async (base: typeof best, step: number): Promise<typeof best> => {
    let found = base;
    for (let coordinate = 0; coordinate < start.length; coordinate++) {
      for (const change of [step, -step]) {
        if (!mayGoOn()) return found;
        const point = found.point.map((value, index) => (index === coordinate ? value + change : value));
        const value = await valueOf(point);
        if (value < found.value) {
          found = { point, value };
          break;
        }
      }
    }
    return found;
  };

  for (let step = settings.step; step >= settings.smallestStep && mayGoOn(); ) {
    const found = await explore(best, step);
    if (found.value >= best.value) {
      step /= 2;
      continue;
    }
    // The whole change once more, as long as it pays.
    let [before, current] = [best, found];
    while (mayGoOn()) {
      const point = current.point.map((value, index) => 2 * value - (before.point[index] ?? Number.NaN));
      const value = await valueOf(point);
      if (value >= current.value) break;
      [before, current] = [current, { point, value }];
    }
    best = current;
  }
  return { ...best, evaluations };
}
