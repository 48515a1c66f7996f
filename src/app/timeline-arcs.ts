/** Reuse drawn as reuse: an arc from each computed step to every step that takes its result, in rows of equal columns. */
import type { TimelineCell } from './timeline-model.ts';

export interface ReuseArc {
  /** 0-based steps. */
  readonly from: number;
  readonly to: number;
  readonly status: TimelineCell['status'];
}

/** Heights in units of the drawing, which is `ARC_HEIGHT + BAR_HEIGHT` tall and one unit a column wide. */
export const ARC_HEIGHT = 36;
export const BAR_HEIGHT = 56;
/** What a reused step's own bar leaves free above it. */
const DROP = BAR_HEIGHT * 0.72;
const LOWEST_ARC = 10;

export const reuseArcs = (cells: readonly TimelineCell[]): ReuseArc[] =>
  cells.filter(({ decision }) => decision === 'reuse').map(({ stepIndex, anchorIndex, status }) => ({ from: anchorIndex, to: stepIndex, status }));

/** Steps per row, rows as equal as they can be, where a column is at least `leastWidth` wide. */
export function columnsFor(stepCount: number, width: number, leastWidth: number): number {
  const most = Math.max(1, Math.floor(width / leastWidth));
  return Math.ceil(stepCount / Math.ceil(stepCount / most));
}

/** The arc's path in the drawing of one row; arcs from the row before come in from its left edge. */
export function arcPath({ from, to }: ReuseArc, row: number, columns: number, longest: number): string {
  const [start, end] = [from, to].map((step) => step + 0.5 - row * columns);
  const height = LOWEST_ARC + (ARC_HEIGHT - LOWEST_ARC - 1) * Math.sqrt((to - from) / longest);
  return `M${start} ${ARC_HEIGHT}A${(to - from) / 2} ${height.toFixed(1)} 0 0 1 ${end} ${ARC_HEIGHT}V${ARC_HEIGHT + DROP}`;
}

/** Whether any of the arc lies in the row. */
export const isInRow = ({ from, to }: ReuseArc, row: number, columns: number): boolean =>
  from < (row + 1) * columns && to >= row * columns;
