/** Gathers what comes faster than a screen can show it: the small model takes hundreds of steps a second. */

export interface FrameBatch<Item> {
  add(item: Item): void;
  /** Hands over what is left, at once. */
  end(): void;
}

/** Longest wait, for a hidden page, which draws no frames. */
const LONGEST_MS = 100;

function nextFrame(run: () => void): void {
  requestAnimationFrame(run);
  setTimeout(run, LONGEST_MS);
}

/**
 * Calls `flush` with all items since the last call, in their order and never with none, once a frame.
 * @param later calls back soon, once or more often.
 */
export function createFrameBatch<Item>(flush: (items: readonly Item[]) => void, later: (run: () => void) => void = nextFrame): FrameBatch<Item> {
  let items: Item[] = [];
  const hand = (): void => {
    if (items.length === 0) return;
    const gathered = items;
    items = [];
    flush(gathered);
  };
  return {
    add(item) {
      items.push(item);
      if (items.length === 1) later(hand);
    },
    end: hand,
  };
}
