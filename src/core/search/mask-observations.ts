/** A search's looks at masks as observations for the surrogate: those on fewer pairs count with less certainty. */
import type { Mask } from './mask.ts';
import { maskKey } from './mask.ts';
import type { MaskObservation } from './mask-surrogate.ts';
import type { Proxy } from './proxy.ts';
import type { BookEntry } from './staged-objective.ts';
import { logLosses, mean } from './staged-objective.ts';

/** @param pairCount of all stages; looks at validation pairs are left out. */
export function observeMasks(looks: readonly BookEntry[], pairCount: number, proxy: Proxy | null): MaskObservation[] {
  const seen = new Map<string, { readonly mask: Mask; readonly values: number[] }>();
  // Stages are looked at in order, so each mask's values begin with the first pair.
  for (const { mask, stage, losses } of looks) {
    if (stage === 'validation') continue;
    const values = seen.get(maskKey(mask))?.values ?? [];
    seen.set(maskKey(mask), { mask, values: [...values, ...logLosses(losses)] });
  }
  const all = [...seen.values()];
  const whole = all.filter(({ values }) => values.length === pairCount);
  const centres = Array.from({ length: pairCount }, (_, pair) => mean(whole.map(({ values }) => values[pair] ?? Number.NaN)));
  const centre = mean(centres);
  const deviations = whole.flatMap(({ values }) => values.map((value, pair) => value - (centres[pair] ?? Number.NaN) - (mean(values) - centre)));
  const variance = mean(deviations.map((deviation) => deviation ** 2));
  return all.map(({ mask, values }) => ({
    mask,
    score: proxy?.score(mask) ?? 0,
    value: centre + mean(values.map((value, pair) => value - (centres[pair] ?? Number.NaN))),
    variance: variance * (1 / values.length - 1 / pairCount),
  }));
}
