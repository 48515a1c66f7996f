/** Zoom in, out and back, for those without a wheel. */
import type { AppContext } from '../app-context.ts';
import type { Viewer } from '../compare-viewer.ts';
import { FIT, isZoomed, largestScale, withinFrame, zoomedAt } from '../compare-zoom.ts';
import { frameOf } from './compare-frame.ts';
import { byId } from './dom.ts';

const STEP = 2;

export function bindZoomButtons({ store }: AppContext, viewer: Viewer): void {
  const viewport = byId('viewport', HTMLElement);
  const frame = () => frameOf(viewport, viewer.get().mode, store.get().finished, store.get().comparison);
  const zoomBy = (factor: number): void => {
    const room = frame();
    if (room !== null) viewer.set({ view: zoomedAt(viewer.get().view, room, factor, room.paneWidth / 2, room.paneHeight / 2) });
  };
  const [out, fit, into] = [byId('zoom-out', HTMLButtonElement), byId('zoom-fit', HTMLButtonElement), byId('zoom-in', HTMLButtonElement)];
  out.addEventListener('click', () => zoomBy(1 / STEP));
  into.addEventListener('click', () => zoomBy(STEP));
  fit.addEventListener('click', () => viewer.set({ view: FIT }));

  const show = (): void => {
    const room = frame();
    const { view } = viewer.get();
    const kept = room === null ? view : withinFrame(view, room);
    // Another pane or picture may not bear the view of the one before.
    if (kept.scale !== view.scale || kept.centreX !== view.centreX || kept.centreY !== view.centreY) viewer.set({ view: kept });
    out.disabled = room === null || !isZoomed(kept);
    fit.disabled = out.disabled;
    into.disabled = room === null || kept.scale >= largestScale(room);
    fit.textContent = isZoomed(kept) ? `${kept.scale.toFixed(1)} ×` : 'Fit';
    fit.ariaLabel = isZoomed(kept) ? `${kept.scale.toFixed(1)} × enlarged, fit picture` : 'Fit picture';
  };
  viewer.watch(({ view, mode, layout }) => [view, mode, layout], show);
  store.watch(({ finished, comparison }) => [finished, comparison], show);
}
