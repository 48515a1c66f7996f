/** How the stage shows its pictures: this page's own business, kept for the visit only. */
import { FIT } from './compare-zoom.ts';
import type { ZoomView } from './compare-zoom.ts';
import { createStore } from './store.ts';
import type { Store } from './store.ts';

/** `picture` shows one; all others need two. */
export const VIEW_MODES = ['picture', 'split', 'side', 'difference', 'flip'] as const;
export type ViewMode = (typeof VIEW_MODES)[number];

export interface ViewerState {
  readonly mode: ViewMode;
  /** How much of the reference the split shows, 0 to 1. */
  readonly share: number;
  /** The difference is multiplied by 2 to the power of this. */
  readonly gainStops: number;
  readonly view: ZoomView;
  /** Counts up when the panes' sizes have changed. */
  readonly layout: number;
}

export type Viewer = Store<ViewerState>;

export const DEFAULT_GAIN_STOPS = 3;
export const MAX_GAIN_STOPS = 6;

export const createViewer = (): Viewer =>
  createStore<ViewerState>({ mode: 'picture', share: 0.5, gainStops: DEFAULT_GAIN_STOPS, view: FIT, layout: 0 });
