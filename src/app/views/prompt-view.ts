/** The prompt, examples to start from, and the words the model knows. */
import type { Manifest } from '../../protocol/manifest.ts';
import type { AppContext } from '../app-context.ts';
import { editDraft } from '../draft-actions.ts';
import { byId, make } from './dom.ts';

export function bindPrompt(app: AppContext): void {
  const prompt = byId('prompt', HTMLTextAreaElement);
  prompt.addEventListener('input', () => editDraft(app, { prompt: prompt.value }));
  prompt.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    prompt.form?.requestSubmit();
  });

  app.store.watch(({ draft }) => [draft.prompt], (text) => {
    if (prompt.value !== text) prompt.value = text;
  });
  app.store.watch(({ manifest }) => [manifest?.vocabulary ?? null], (vocabulary) => {
    if (vocabulary !== null) showVocabulary(app, vocabulary);
  });
  const unknown = byId('unknown-words', HTMLElement);
  app.store.watch(({ finished, draft }) => [finished, draft.prompt], (finished, text) => {
    const words = finished !== null && finished.recipe.prompt === text.trim() ? finished.result.unknownWords : [];
    unknown.hidden = words.length === 0;
    unknown.textContent = `The model never learned ${words.map((word) => `“${word}”`).join(', ')} and may ignore it.`;
  });
}

function showVocabulary(app: AppContext, { examples, groups }: Manifest['vocabulary']): void {
  const chips = byId('examples', HTMLElement);
  chips.replaceChildren(
    ...examples.map((example) => {
      const chip = make('button', { class: 'chip', text: example });
      chip.type = 'button';
      // Shown in one line; the whole is its name and, hovered, its title.
      chip.title = example;
      chip.addEventListener('click', () => editDraft(app, { prompt: example }));
      return chip;
    }),
  );
  chips.hidden = examples.length === 0;

  const entries = Object.entries(groups).filter(([, words]) => words.length > 0);
  byId('word-groups', HTMLElement).replaceChildren(
    ...entries.map(([group, words]) =>
      make('div', {}, make('dt', { text: group }), make('dd', { text: words.join(', ') })),
    ),
  );
  byId('words', HTMLElement).hidden = entries.length === 0;
}
