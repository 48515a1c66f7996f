/** Looking at every mask, as one of the searches: for small spaces and for the truth in tests. */
import { enumerateMasks } from './exhaustive.ts';
import type { MaskSearch } from './search-task.ts';
import { openDesk } from './search-task.ts';

/** @param finalists how many of the best validation chooses between. */
export const exhaustiveSearch =
  (finalists: number, prefix = 1): MaskSearch =>
  async (task) => {
    const desk = openDesk(task);
    let round = 0;
    for (const mask of enumerateMasks({ stepCount: task.stepCount, nfe: task.nfe, prefix })) {
      await desk.report('climb', ++round, await desk.evaluate(mask));
    }
    return desk.finish(desk.ranked().slice(0, finalists));
  };
