/** Where an arrow key leads in a grid of tiles that flows with the page's width. */

export interface Box {
  readonly left: number;
  readonly top: number;
}

/** The index of the tile to go to; null where the key means nothing here. `boxes` in reading order. */
export function nextTile(key: string, from: number, boxes: readonly Box[]): number | null {
  switch (key) {
    case 'ArrowRight':
      return Math.min(from + 1, boxes.length - 1);
    case 'ArrowLeft':
      return Math.max(from - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return boxes.length - 1;
    case 'ArrowDown':
      return inRow(from, boxes, 1);
    case 'ArrowUp':
      return inRow(from, boxes, -1);
    default:
      return null;
  }
}

/** The tile of the same column in the next or the previous row; the last tile where that row is shorter. */
function inRow(from: number, boxes: readonly Box[], direction: 1 | -1): number {
  const firstTop = boxes[0]?.top;
  const later = boxes.findIndex(({ top }) => top !== firstTop);
  const columns = later < 0 ? boxes.length : later;
  const wanted = from + direction * columns;
  if (wanted < 0) return from;
  const lastRow = Math.floor((boxes.length - 1) / columns);
  return Math.floor(from / columns) === lastRow && direction === 1 ? from : Math.min(wanted, boxes.length - 1);
}
