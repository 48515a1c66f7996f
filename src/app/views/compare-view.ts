/** The viewer on the stage, put together: what it shows, where, and how it is moved. */
import type { AppContext } from '../app-context.ts';
import type { Viewer } from '../compare-viewer.ts';
import { createViewer } from '../compare-viewer.ts';
import { FIT } from '../compare-zoom.ts';
import { bindGestures } from './compare-gestures.ts';
import { bindModes } from './compare-modes-view.ts';
import { bindPair } from './compare-pair-view.ts';
import { bindPanes } from './compare-panes-view.ts';
import { bindScores } from './compare-scores-view.ts';
import { bindSplit } from './compare-split-view.ts';
import { bindZoomButtons } from './compare-zoom-view.ts';
import { byId } from './dom.ts';

export function bindComparison(app: AppContext): void {
  const viewer = createViewer();
  followComparison(app, viewer);
  bindModes(app, viewer);
  bindPanes(app, viewer);
  bindSplit(app, viewer);
  bindGestures(app, viewer);
  bindZoomButtons(app, viewer);
  bindPair(app);
  bindScores(app);
  const resized = new ResizeObserver(() => viewer.set({ layout: viewer.get().layout + 1 }));
  resized.observe(byId('viewport', HTMLElement));
}

/** A comparison opens in the way last chosen; without one there is a single picture. Another size starts at fit. */
function followComparison({ store }: AppContext, viewer: Viewer): void {
  let lastMode: 'split' | 'side' | 'difference' | 'flip' = 'split';
  viewer.watch(({ mode }) => [mode], (mode) => {
    if (mode !== 'picture') lastMode = mode;
  });
  store.watch(({ comparison }) => [comparison?.reference ?? null, comparison?.candidate ?? null, comparison?.problem ?? null], (reference, _, problem) => {
    const { mode } = viewer.get();
    if (reference === null) viewer.set({ mode: 'picture' });
    else if (mode === 'picture') viewer.set({ mode: problem === null ? lastMode : 'side' });
    else if (problem !== null && mode !== 'split') viewer.set({ mode: 'side' });
  });
  store.watch(({ finished }) => [finished?.result.picture.width, finished?.result.picture.height], () => viewer.set({ view: FIT }));
}
