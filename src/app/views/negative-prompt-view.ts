/** What to keep out of the picture, for models whose guidance has a branch for it. */
import type { AppContext } from '../app-context.ts';
import { editDraft } from '../draft-actions.ts';
import { byId } from './dom.ts';

export function bindNegativePrompt(app: AppContext): void {
  const text = byId('negative-prompt', HTMLTextAreaElement);
  text.addEventListener('input', () => editDraft(app, { negativePrompt: text.value }));
  app.store.watch(({ draft }) => [draft.negativePrompt], (value) => {
    if (text.value !== value) text.value = value;
  });
  app.store.watch(({ manifest }) => [manifest?.guidance.kind ?? null], (kind) => {
    byId('negative-field', HTMLElement).hidden = kind !== 'classifier-free';
  });
}
