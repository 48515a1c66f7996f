/** Runs taking shape: the toggle, the preview over the picture, and what previews cost. */
import type { LookStore } from '../../storage/look-store.ts';
import type { AppContext } from '../app-context.ts';
import { formatStepMs } from '../format.ts';
import type { FinishedRun } from '../state.ts';
import { byId } from './dom.ts';
import { drawEnlarged } from './draw-picture.ts';

const PROMISE = 'A rough look after each step. The picture stays the same.';

export function bindPreview({ store }: AppContext, look: LookStore): void {
  const toggle = byId('live-previews', HTMLInputElement);
  const cost = byId('preview-cost', HTMLElement);
  toggle.checked = look.read().livePreviews;
  store.set({ livePreviews: toggle.checked });
  toggle.addEventListener('change', () => {
    look.write({ livePreviews: toggle.checked });
    store.set({ livePreviews: toggle.checked });
  });
  store.watch(({ manifest, finished, livePreviews }) => [manifest, finished, livePreviews], (manifest, finished, isWanted) => {
    const isPossible = manifest?.preview !== undefined;
    toggle.disabled = !isPossible;
    cost.textContent = manifest !== null && !isPossible ? 'This model brings no map from latents to colours.' : costText(finished, isWanted);
  });

  const canvas = byId('preview-canvas', HTMLCanvasElement);
  store.watch(({ run }) => [run?.preview ?? null], (picture) => {
    canvas.hidden = picture === null;
    if (picture !== null) drawEnlarged(canvas, picture);
  });
}

function costText(finished: FinishedRun | null, isWanted: boolean): string {
  const { previewMs = 0, previewReadbackBytes = 0 } = finished?.result.trace ?? {};
  if (!isWanted || previewMs === 0) return PROMISE;
  const bytes = previewReadbackBytes === 0 ? '' : ` and ${(previewReadbackBytes / 1000).toFixed(0)} kB read back`;
  return `The last run’s took ${formatStepMs(previewMs)} ms${bytes}, on top of its steps’ times.`;
}
