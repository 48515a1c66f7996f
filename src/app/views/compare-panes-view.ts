/** Draws the pictures and lays them out: one above the other, side by side, or their difference. */
import { amplifiedDifference } from '../../core/metrics/difference.ts';
import { flipMapToRgba } from '../../core/metrics/flip-picture.ts';
import type { RgbaPicture } from '../../protocol/engine.ts';
import type { AppContext } from '../app-context.ts';
import type { Comparison } from '../compare-model.ts';
import { isFullRun } from '../compare-model.ts';
import type { Viewer, ViewerState } from '../compare-viewer.ts';
import { isZoomed, placeOf, splitAt } from '../compare-zoom.ts';
import type { FinishedRun } from '../state.ts';
import { frameOf } from './compare-frame.ts';
import { byId } from './dom.ts';
import { drawEnlarged, drawExact } from './draw-picture.ts';

/** What each canvas was last given, so that moving the view draws nothing anew. */
const drawn = new WeakMap<HTMLCanvasElement, { readonly picture: RgbaPicture; readonly isExact: boolean }>();

export function bindPanes({ store }: AppContext, viewer: Viewer): void {
  const viewport = byId('viewport', HTMLElement);
  const panes = { picture: paneOf('picture'), reference: paneOf('reference'), map: paneOf('map') };
  let map: RgbaPicture | null = null;

  const layOut = (): void => {
    const { finished, comparison } = store.get();
    const { mode, view, share } = viewer.get();
    const shown = picturesOf(mode, finished, comparison, map);
    viewport.dataset['mode'] = mode;
    const frame = frameOf(viewport, mode, finished, comparison);
    for (const [name, { pane, canvas }] of Object.entries(panes)) {
      const picture = shown[name as keyof typeof shown];
      pane.hidden = picture === null;
      canvas.hidden = picture === null;
      if (picture === null || frame === null) continue;
      draw(canvas, picture, isZoomed(view));
      const own = { ...frame, pictureWidth: picture.width, pictureHeight: picture.height };
      const { left, top, width, height } = placeOf(view, own);
      canvas.style.inlineSize = `${width}px`;
      canvas.style.blockSize = `${height}px`;
      canvas.style.transform = `translate(${left}px, ${top}px)`;
    }
    const split = mode === 'split' && frame !== null ? splitAt(share, view, frame) : null;
    panes.reference.pane.style.clipPath = split === null || frame === null ? '' : `inset(0 ${frame.paneWidth - split}px 0 0)`;
    viewport.classList.toggle('is-zoomed', isZoomed(view));
  };

  const redrawMap = (): void => {
    const { comparison } = store.get();
    map = comparison === null ? null : mapOf(comparison, viewer.get());
    const label = viewer.get().mode === 'flip' ? 'FLIP map' : 'Amplified difference';
    panes.map.canvas.setAttribute('aria-label', label);
    layOut();
  };

  store.watch(({ comparison }) => [comparison], (comparison) => {
    if (comparison !== null) {
      panes.reference.canvas.setAttribute('aria-label', isFullRun(comparison.reference) ? 'Full run image' : 'Reference image');
    }
    redrawMap();
  });
  viewer.watch(({ mode, gainStops }) => [mode, gainStops], redrawMap);
  store.watch(({ finished }) => [finished], layOut);
  viewer.watch(({ view, share, layout }) => [view, share, layout], layOut);
}

function paneOf(name: string): { readonly pane: HTMLElement; readonly canvas: HTMLCanvasElement } {
  const pane = byId(`pane-${name}`, HTMLElement);
  const canvas = pane.querySelector('canvas');
  if (canvas === null) throw new Error(`The pane "${name}" has no canvas.`);
  return { pane, canvas };
}

/** A single picture is the one on the stage; a pair may be any two. */
function picturesOf(
  mode: ViewerState['mode'],
  finished: FinishedRun | null,
  comparison: Comparison | null,
  map: RgbaPicture | null,
): { readonly picture: RgbaPicture | null; readonly reference: RgbaPicture | null; readonly map: RgbaPicture | null } {
  if (mode === 'picture' || comparison === null) return { picture: finished?.result.picture ?? null, reference: null, map: null };
  const [picture, reference] = [comparison.candidate.result.picture, comparison.reference.result.picture];
  if (mode === 'split' || mode === 'side') return { picture, reference, map: null };
  // Until the map is there, what it is about.
  return map === null ? { picture, reference: null, map: null } : { picture: null, reference: null, map };
}

function mapOf({ reference, candidate, scores, problem }: Comparison, { mode, gainStops }: ViewerState): RgbaPicture | null {
  const [a, b] = [reference.result.picture, candidate.result.picture];
  if (problem !== null) return null;
  if (mode === 'difference') return { width: a.width, height: a.height, data: amplifiedDifference(a, b, 2 ** gainStops) };
  if (mode === 'flip' && scores !== null) return { width: a.width, height: a.height, data: flipMapToRgba(scores.flipMap) };
  return null;
}

/** Smooth where it fits, the picture's own pixels where one looks closer. */
function draw(canvas: HTMLCanvasElement, picture: RgbaPicture, isExact: boolean): void {
  const last = drawn.get(canvas);
  if (last?.picture === picture && last.isExact === isExact) return;
  if (isExact) drawExact(canvas, picture);
  else drawEnlarged(canvas, picture);
  drawn.set(canvas, { picture, isExact });
}
