/** The pane that a view is worked out for, in CSS pixels. Side by side there are two of half the width. */
import type { Comparison } from '../compare-model.ts';
import type { ViewMode } from '../compare-viewer.ts';
import type { Frame } from '../compare-zoom.ts';
import type { FinishedRun } from '../state.ts';

/** Between two panes; stage.css knows the same number. */
const GAP = 8;

/** Null where there is no picture, or no room yet. */
export function frameOf(
  viewport: HTMLElement,
  mode: ViewMode,
  finished: FinishedRun | null,
  comparison: Comparison | null,
): Frame | null {
  const picture = (mode === 'picture' ? finished : (comparison?.candidate ?? finished))?.result.picture;
  const { clientWidth, clientHeight } = viewport;
  if (picture === undefined || clientWidth <= GAP || clientHeight === 0) return null;
  const isSide = mode === 'side' && comparison !== null;
  return {
    paneWidth: isSide ? (clientWidth - GAP) / 2 : clientWidth,
    paneHeight: clientHeight,
    pictureWidth: picture.width,
    pictureHeight: picture.height,
  };
}
