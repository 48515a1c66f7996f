/** Comparisons on few pairs first, on more only while they are open: successive halving, and duels with one mask. */
import type { Mask } from './mask.ts';
import type { SearchDesk } from './search-task.ts';
import type { ScoredMask } from './objective.ts';
import { logLosses, mean, meanLogLoss } from './staged-objective.ts';

/** Looks at all masks on the first stage's pairs, at the better half on the second's, and so on; the survivors, best first. */
export async function halve(masks: readonly Mask[], desk: SearchDesk): Promise<ScoredMask[]> {
  let standing = masks;
  for (let stage = 0; stage < desk.lastStage; stage++) {
    const scored: ScoredMask[] = [];
    for (const mask of standing) {
      scored.push({ mask, value: meanLogLoss(await desk.book.lossesUpTo(mask, stage)) });
      await desk.report('start', stage + 1, scored.at(-1) ?? null);
    }
    standing = scored
      .toSorted((a, b) => a.value - b.value)
      .slice(0, Math.ceil(standing.length / 2))
      .map(({ mask }) => mask);
  }
  const finalists: ScoredMask[] = [];
  for (const mask of standing) finalists.push(await desk.evaluate(mask));
  return finalists.toSorted((a, b) => a.value - b.value);
}

/**
 * Whether the challenger is at most `allowed` worse than the champion, in mean log loss over all pairs. Given up
 * when on fewer pairs it is worse by that and one standard error of the paired differences.
 * @returns the challenger on all pairs, or null.
 */
export async function duel(champion: Mask, challenger: Mask, allowed: number, desk: SearchDesk): Promise<ScoredMask | null> {
  for (let stage = 0; stage <= desk.lastStage; stage++) {
    const ours = logLosses(await desk.book.lossesUpTo(champion, stage));
    const theirs = logLosses(await desk.book.lossesUpTo(challenger, stage));
    const differences = theirs.map((value, pair) => value - (ours[pair] ?? Number.NaN));
    const error = stage === desk.lastStage ? 0 : standardError(differences);
    if (mean(differences) > allowed + error) return null;
  }
  return desk.evaluate(challenger);
}

/** Of a mean; 0 for a single value, of which nothing is known. */
function standardError(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
