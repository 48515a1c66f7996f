/** One-to-one assignment in order: each wanted place gets its own place of a list, the sum of distances least. */

/**
 * @param wanted and `places` both in one direction of order; at least as many places as wanted.
 * @returns the indices of the places chosen, rising; the first place is always chosen.
 */
export function assignInOrder(wanted: readonly number[], places: readonly number[]): number[] {
  const [rows, columns] = [wanted.length, places.length];
  if (rows === 0 || columns < rows) throw new RangeError(`${columns} places are too few for ${rows}.`);
  /** costs[r][c]: the least sum for the first r + 1 when the last of them takes place c. */
  const costs: number[][] = [];
  for (const [row, want] of wanted.entries()) {
    let bestBefore = Infinity;
    costs.push(
      places.map((place, column) => {
        const before = row === 0 ? (column === 0 ? 0 : Infinity) : bestBefore;
        bestBefore = Math.min(bestBefore, costs[row - 1]?.[column] ?? Infinity);
        return before + Math.abs(want - place);
      }),
    );
  }
  const chosen: number[] = [];
  let end = columns;
  for (let row = rows - 1; row >= 0; row--) {
    let best = -1;
    for (let column = 0; column < end; column++) {
      if ((costs[row]?.[column] ?? Infinity) < (costs[row]?.[best] ?? Infinity)) best = column;
    }
    chosen.unshift(best);
    end = best;
  }
  return chosen;
}
