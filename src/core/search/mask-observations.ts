/** A search's looks at masks as observations for the surrogate: those on fewer pairs count with less certainty. */
import type { Mask } from './mask.ts';
import { maskKey } from './mask.ts';
import type { MaskObservation } from './mask-surrogate.ts';
import type { Proxy } from './proxy.ts';
import type { BookEntry } from './staged-objective.ts';
import { logLosses, mean } from './staged-objective.ts';

/**
 * @param pairCount of all stages; looks at validation pairs are left out.
 * @throws RangeError unless one mask at least was looked at on all pairs.
 */
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
  if (whole.length === 0) throw new RangeError('No mask was looked at on all pairs.');
  const centres = Array.from({ length: pairCount }, (_, pair) => mean(whole.map(({ values }) => values[pair] ?? Number.NaN)));
  const centre = mean(centres);
  const variance = pairVariance(all.map(({ values }) => values));
  // Where nothing is known of their noise, looks at some of the pairs would count as sure.
  return (variance === null ? whole : all).map(({ mask, values }) => ({
    mask,
    score: proxy?.score(mask) ?? 0,
    value: centre + mean(values.map((value, pair) => value - (centres[pair] ?? Number.NaN))),
    variance: (variance ?? 0) * (1 / values.length - 1 / pairCount),
  }));
}

/** Of a log loss about what mask and pair make of it, on the pairs that all masks share; null where they do not tell. */
function pairVariance(values: readonly (readonly number[])[]): number | null {
  const shared = Math.min(...values.map(({ length }) => length));
  const freedom = (values.length - 1) * (shared - 1);
  if (freedom < 1) return null;
  const rows = values.map((row) => row.slice(0, shared));
  const columns = Array.from({ length: shared }, (_, pair) => mean(rows.map((row) => row[pair] ?? Number.NaN)));
  const centre = mean(columns);
  const squares = rows.flatMap((row) => row.map((value, pair) => (value - mean(row) - (columns[pair] ?? Number.NaN) + centre) ** 2));
  return squares.reduce((sum, square) => sum + square, 0) / freedom;
}
