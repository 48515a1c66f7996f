/** The ways of looking at one picture or at two, and what each of them can be set to. */
import type { AppContext } from '../app-context.ts';
import { compareWithPicture } from '../compare-actions.ts';
import type { Viewer, ViewMode } from '../compare-viewer.ts';
import { VIEW_MODES } from '../compare-viewer.ts';
import { galleryIdOf } from '../gallery-run.ts';
import type { AppState } from '../state.ts';
import { byId } from './dom.ts';

export function bindModes(app: AppContext, viewer: Viewer): void {
  const fieldset = byId('view-modes', HTMLFieldSetElement);
  const inputs = [...fieldset.querySelectorAll<HTMLInputElement>('input')];
  for (const input of inputs) {
    input.addEventListener('change', () => {
      const mode = VIEW_MODES.find((known) => known === input.value);
      if (mode !== undefined) void choose(app, viewer, mode);
    });
  }
  viewer.watch(({ mode }) => [mode], (mode) => {
    for (const input of inputs) input.checked = input.value === mode;
    byId('gain-field', HTMLElement).hidden = mode !== 'difference';
    byId('flip-legend', HTMLElement).hidden = mode !== 'flip';
  });
  app.store.watch(({ comparison, finished, gallery }) => [comparison, finished, gallery.items], (comparison, _finished, _items) => {
    const other = otherPicture(app.store.get());
    fieldset.disabled = comparison === null && other === null;
    const hasMaps = (comparison?.problem ?? null) === null;
    for (const input of inputs) input.disabled = !hasMaps && (input.value === 'difference' || input.value === 'flip');
  });

  const gain = byId('gain', HTMLInputElement);
  gain.addEventListener('input', () => viewer.set({ gainStops: gain.valueAsNumber }));
  viewer.watch(({ gainStops }) => [gainStops], (gainStops) => {
    gain.value = String(gainStops);
    gain.style.setProperty('--fill', String(gainStops / Number(gain.max)));
    const text = `${2 ** gainStops} ×`;
    gain.setAttribute('aria-valuetext', text);
    byId('gain-text', HTMLElement).textContent = text;
  });
}

/** Two pictures are needed for all but the first: without a comparison the latest other one is the reference. */
async function choose(app: AppContext, viewer: Viewer, mode: ViewMode): Promise<void> {
  viewer.set({ mode });
  if (mode === 'picture' || app.store.get().comparison !== null) return;
  const other = otherPicture(app.store.get());
  if (other !== null) await compareWithPicture(app, 'reference', other);
  if (app.store.get().comparison === null) viewer.set({ mode: 'picture' });
}

/** The latest picture of the gallery that is not on the stage; null where there is nothing to compare. */
function otherPicture({ finished, gallery }: Pick<AppState, 'finished' | 'gallery'>): string | null {
  if (finished === null) return null;
  const shown = galleryIdOf(finished);
  return gallery.items?.find(({ entry }) => entry.id !== shown)?.entry.id ?? null;
}
