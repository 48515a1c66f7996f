/** The split's handle: dragged, or moved by the keys of any slider. */
import type { AppContext } from '../app-context.ts';
import { pairLabels } from '../compare-model.ts';
import type { Viewer } from '../compare-viewer.ts';
import { shareAt, splitAt } from '../compare-zoom.ts';
import { frameOf } from './compare-frame.ts';
import { byId } from './dom.ts';

const STEP = 0.02;
const LEAP = 0.1;

export function bindSplit({ store }: AppContext, viewer: Viewer): void {
  const handle = byId('split', HTMLElement);
  const viewport = byId('viewport', HTMLElement);

  const show = (): void => {
    const { comparison, finished } = store.get();
    const { mode, share, view } = viewer.get();
    const frame = mode === 'split' && comparison !== null ? frameOf(viewport, mode, finished, comparison) : null;
    handle.hidden = frame === null;
    if (frame === null) return;
    handle.style.transform = `translateX(${splitAt(share, view, frame)}px)`;
    const percent = Math.round(share * 100);
    handle.ariaValueNow = String(percent);
    handle.ariaValueText = `${percent} % of the left picture`;
  };
  viewer.watch(({ mode, share, view, layout }) => [mode, share, view, layout], show);
  store.watch(({ comparison }) => [comparison], show);

  handle.addEventListener('keydown', (event) => {
    const { share } = viewer.get();
    const next = shareAfterKey(event.key, share);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    viewer.set({ share: Math.min(Math.max(next, 0), 1) });
  });
  bindTags(store, viewer);
}

function shareAfterKey(key: string, share: number): number | null {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return share + STEP;
    case 'ArrowLeft':
    case 'ArrowDown':
      return share - STEP;
    case 'PageUp':
      return share + LEAP;
    case 'PageDown':
      return share - LEAP;
    case 'Home':
      return 0;
    case 'End':
      return 1;
    default:
      return null;
  }
}

/** Which side is which. */
function bindTags(store: AppContext['store'], viewer: Viewer): void {
  const [reference, candidate] = [byId('tag-reference', HTMLElement), byId('tag-candidate', HTMLElement)];
  const show = (): void => {
    const { comparison } = store.get();
    const { mode } = viewer.get();
    const isPair = comparison !== null && (mode === 'split' || mode === 'side');
    reference.hidden = !isPair;
    candidate.hidden = !isPair;
    if (!isPair) return;
    [reference.textContent, candidate.textContent] = pairLabels(comparison.reference, comparison.candidate);
  };
  viewer.watch(({ mode }) => [mode], show);
  store.watch(({ comparison }) => [comparison], show);
}

/** Where a pointer at this place of the viewport, in CSS pixels, would put the split. */
export function moveSplitTo(x: number, { store }: AppContext, viewer: Viewer): void {
  const { comparison, finished } = store.get();
  const { mode, view } = viewer.get();
  const frame = frameOf(byId('viewport', HTMLElement), mode, finished, comparison);
  if (frame !== null) viewer.set({ share: shareAt(x, view, frame) });
}
