/** Which two pictures are compared: any two of the gallery. */
import type { AppContext } from '../app-context.ts';
import { compareWithPicture } from '../compare-actions.ts';
import { galleryIdOf } from '../gallery-run.ts';
import type { GalleryItem } from '../gallery-state.ts';
import { nfeOfChoice } from '../state.ts';
import { byId, make } from './dom.ts';

/** More would make a list that nobody reads. */
const MAX_CHOICES = 40;
const PROMPT_CHARACTERS = 36;

export function bindPair(app: AppContext): void {
  const box = byId('pair', HTMLElement);
  const places = ['reference', 'candidate'] as const;
  const selects = places.map((place) => {
    const select = byId(`pair-${place}`, HTMLSelectElement);
    select.addEventListener('change', () => void compareWithPicture(app, place, select.value));
    return [place, select] as const;
  });
  app.store.watch(({ comparison, gallery }) => [comparison, gallery.items], (comparison, items) => {
    const ids = places.map((place) => galleryIdOf(comparison?.[place] ?? null));
    // A picture may have been deleted while it is on the stage.
    const choices = (items ?? []).filter(({ entry }, index) => index < MAX_CHOICES || ids.includes(entry.id));
    const isComplete = ids.every((id) => choices.some(({ entry }) => entry.id === id));
    box.hidden = comparison === null || !isComplete;
    if (box.hidden) return;
    for (const [place, select] of selects) {
      select.replaceChildren(...choices.map(optionOf));
      select.value = galleryIdOf(comparison?.[place] ?? null) ?? '';
    }
  });
}

function optionOf({ entry }: GalleryItem): HTMLOptionElement {
  const { policy, stepCount, seed, prompt } = entry.recipe;
  const nfe = nfeOfChoice(policy, stepCount);
  const words = prompt.length > PROMPT_CHARACTERS ? `${prompt.slice(0, PROMPT_CHARACTERS)}…` : prompt;
  const option = make('option', { text: `${nfe} of ${stepCount} · seed ${seed} · ${words}` });
  option.value = entry.id;
  return option;
}
