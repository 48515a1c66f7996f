/** The prompt, examples to start from, and the words the model knows. */
import { unknownWords, unknownWordsWhileTyping } from '../../core/vocabulary.ts';
import type { Manifest } from '../../protocol/manifest.ts';
import type { AppContext } from '../app-context.ts';
import { editDraft } from '../draft-actions.ts';
import { byId, make } from './dom.ts';

export function bindPrompt(app: AppContext): void {
  const prompt = byId('prompt', HTMLTextAreaElement);
  prompt.addEventListener('input', () => editDraft(app, { prompt: prompt.value }));
  app.store.watch(({ draft }) => [draft.prompt], (text) => {
    if (prompt.value !== text) prompt.value = text;
  });
  app.store.watch(({ manifest }) => [manifest?.vocabulary ?? null], (vocabulary) => {
    if (vocabulary !== null) showVocabulary(app, vocabulary);
  });
  bindUnknownWords(app, prompt);
}

/** Said, never an error: the model draws what it knows of a prompt. The word being typed is waited for. */
function bindUnknownWords({ store }: AppContext, prompt: HTMLTextAreaElement): void {
  const hint = byId('unknown-words', HTMLElement);
  let isTyping = false;
  const show = (): void => {
    const { manifest, draft } = store.get();
    const find = isTyping ? unknownWordsWhileTyping : unknownWords;
    const words = manifest === null ? [] : find(draft.prompt, manifest.vocabulary);
    hint.hidden = words.length === 0;
    hint.textContent = `The model never learned ${words.map((word) => `“${word}”`).join(', ')} and may ignore it.`;
  };
  prompt.addEventListener('input', () => {
    isTyping = true;
    show();
  });
  prompt.addEventListener('blur', () => {
    isTyping = false;
    show();
  });
  store.watch(({ manifest, draft }) => [manifest, draft.prompt], show);
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
