/**
 * Wheel, pinch, drag, double click and keys on the viewer. One finger scrolls the page while the picture fits and
 * moves it when it is zoomed; the wheel zooms once the viewer has the focus, or at any time with Ctrl held.
 */
import type { AppContext } from '../app-context.ts';
import type { Viewer } from '../compare-viewer.ts';
import type { Frame } from '../compare-zoom.ts';
import { FIT, isZoomed, pannedBy, zoomedAt } from '../compare-zoom.ts';
import { frameOf } from './compare-frame.ts';
import { moveSplitTo } from './compare-split-view.ts';
import { byId } from './dom.ts';

const KEY_ZOOM = 1.5;
const KEY_PAN_PX = 48;
const DOUBLE_CLICK_ZOOM = 4;
/** A notch of a mouse wheel is about 100. */
const WHEEL_ZOOM = 0.0022;
const LINE_PX = 16;

interface Point {
  readonly x: number;
  readonly y: number;
}

export function bindGestures(app: AppContext, viewer: Viewer): void {
  const viewport = byId('viewport', HTMLElement);
  const frame = (): Frame | null => {
    const { finished, comparison } = app.store.get();
    return frameOf(viewport, viewer.get().mode, finished, comparison);
  };
  /** In the pane under the pointer, which side by side is one of two. */
  const pointIn = (event: MouseEvent, { paneWidth }: Frame): Point => {
    const box = viewport.getBoundingClientRect();
    const x = event.clientX - box.left - viewport.clientLeft;
    const isRight = viewer.get().mode === 'side' && x > box.width / 2;
    return { x: isRight ? x - (box.width - paneWidth) : x, y: event.clientY - box.top - viewport.clientTop };
  };
  const zoomBy = (factor: number, point: Point | null): boolean => {
    const room = frame();
    if (room === null) return false;
    const { view } = viewer.get();
    const next = zoomedAt(view, room, factor, point?.x ?? room.paneWidth / 2, point?.y ?? room.paneHeight / 2);
    viewer.set({ view: next });
    return next.scale !== view.scale;
  };
  const panBy = (x: number, y: number): void => {
    const room = frame();
    if (room !== null) viewer.set({ view: pannedBy(viewer.get().view, room, x, y) });
  };

  viewport.addEventListener(
    'wheel',
    (event) => {
      const room = frame();
      if (room === null || !(event.ctrlKey || event.metaKey || viewport.contains(document.activeElement))) return;
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE_PX : event.deltaY;
      const hasZoomed = zoomBy(Math.exp(-pixels * WHEEL_ZOOM), pointIn(event, room));
      // At the end of the zoom the page scrolls on, unless the browser would zoom the page.
      if (hasZoomed || event.ctrlKey || event.metaKey) event.preventDefault();
    },
    { passive: false },
  );
  viewport.addEventListener('dblclick', (event) => {
    const room = frame();
    if (room === null) return;
    if (isZoomed(viewer.get().view)) viewer.set({ view: FIT });
    else zoomBy(DOUBLE_CLICK_ZOOM, pointIn(event, room));
  });
  viewport.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || frame() === null) return;
    const view = viewer.get().view;
    const pan = KEY_PANS[event.key];
    if (event.key === '+' || event.key === '=') zoomBy(KEY_ZOOM, null);
    else if (event.key === '-') zoomBy(1 / KEY_ZOOM, null);
    else if (event.key === '0') viewer.set({ view: FIT });
    else if (pan !== undefined && isZoomed(view)) panBy(...pan);
    else return;
    event.preventDefault();
  });
  bindPointers(viewport, { app, viewer, frame, pointIn, zoomBy, panBy });
}

/** The picture moves against the key, as if the key moved the eye. */
const KEY_PANS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [KEY_PAN_PX, 0],
  ArrowRight: [-KEY_PAN_PX, 0],
  ArrowUp: [0, KEY_PAN_PX],
  ArrowDown: [0, -KEY_PAN_PX],
};

interface PointerActions {
  readonly app: AppContext;
  readonly viewer: Viewer;
  readonly frame: () => Frame | null;
  readonly pointIn: (event: MouseEvent, frame: Frame) => Point;
  readonly zoomBy: (factor: number, point: Point | null) => boolean;
  readonly panBy: (x: number, y: number) => void;
}

function bindPointers(viewport: HTMLElement, { app, viewer, frame, pointIn, zoomBy, panBy }: PointerActions): void {
  const pointers = new Map<number, Point>();
  let dragsSplit = false;
  viewport.addEventListener('pointerdown', (event) => {
    const room = frame();
    if (room === null || event.button !== 0 || (event.target instanceof Element && event.target.closest('button') !== null)) return;
    const isHandle = event.target instanceof Element && event.target.id === 'split';
    pointers.set(event.pointerId, pointIn(event, room));
    viewport.setPointerCapture(event.pointerId);
    dragsSplit = pointers.size === 1 && viewer.get().mode === 'split' && (isHandle || !isZoomed(viewer.get().view));
    if (dragsSplit) moveSplitTo(pointIn(event, room).x, app, viewer);
  });
  viewport.addEventListener('pointermove', (event) => {
    const room = frame();
    const before = pointers.get(event.pointerId);
    if (room === null || before === undefined) return;
    const now = pointIn(event, room);
    pointers.set(event.pointerId, now);
    const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    if (other !== undefined) {
      zoomBy(distance(now, other) / Math.max(distance(before, other), 1), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
      panBy((now.x - before.x) / 2, (now.y - before.y) / 2);
    } else if (dragsSplit) moveSplitTo(now.x, app, viewer);
    else panBy(now.x - before.x, now.y - before.y);
  });
  for (const end of ['pointerup', 'pointercancel'] as const) {
    viewport.addEventListener(end, (event) => {
      pointers.delete(event.pointerId);
      dragsSplit = false;
    });
  }
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
