/** Several seeds at once, as a grid that fills while they run. */
import type { Job } from './queue-state.ts';
import type { FinishedRun } from './state.ts';

export interface GridCell {
  readonly seed: number;
  readonly status: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  /** Once it is done. */
  readonly run: FinishedRun | null;
}

export interface SeedGrid {
  readonly jobId: string;
  readonly cells: readonly GridCell[];
  /** The person looks at one of them: a later one does not take its place on the stage. */
  readonly isPicked: boolean;
}

/** Null for a single picture, which needs no grid. */
export function gridOf({ id, recipes }: Job): SeedGrid | null {
  if (recipes.length === 1) return null;
  return { jobId: id, cells: recipes.map(({ seed }) => ({ seed, status: 'waiting', run: null })), isPicked: false };
}

export function withCell(grid: SeedGrid, index: number, change: Partial<GridCell>): SeedGrid {
  return { ...grid, cells: grid.cells.map((cell, place) => (place === index ? { ...cell, ...change } : cell)) };
}

/** What was not begun will not be. */
export const withRestCancelled = (grid: SeedGrid): SeedGrid => ({
  ...grid,
  cells: grid.cells.map((cell) => (cell.run === null && cell.status !== 'failed' ? { ...cell, status: 'cancelled' } : cell)),
});

export const doneCount = ({ cells }: SeedGrid): number => cells.filter(({ status }) => status === 'done').length;
