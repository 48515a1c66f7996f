/** Keyboard shortcuts at work, and the dialog that tells of them and switches the single keys off. */
import type { AppContext } from '../app-context.ts';
import { neighbourStop } from '../budget-stops.ts';
import { compare } from '../compare-actions.ts';
import { editDraft, randomSeed } from '../draft-actions.ts';
import { enqueue } from '../queue-actions.ts';
import { cancelRun } from '../run-actions.ts';
import type { ShortcutAction } from '../shortcuts.ts';
import { actionOf, isTextField, SHORTCUTS } from '../shortcuts.ts';
import { selectionOf } from '../state.ts';
import { byId, make } from './dom.ts';

export function bindShortcuts(app: AppContext): void {
  const dialog = byId('shortcuts', HTMLDialogElement);
  const singleKeys = byId('single-keys', HTMLInputElement);
  const help = (): void => dialog.showModal();
  byId('show-shortcuts', HTMLButtonElement).addEventListener('click', help);
  byId('close-shortcuts', HTMLButtonElement).addEventListener('click', () => dialog.close());
  showList();
  void app.settings.readSingleKeys().then((isOn) => (singleKeys.checked = isOn));
  singleKeys.addEventListener('change', () => void app.settings.writeSingleKeys(singleKeys.checked).catch(() => undefined));

  document.addEventListener('keydown', (event) => {
    const { activeElement: focused } = document;
    const action = actionOf(event, {
      isTextField: focused instanceof HTMLElement && isTextField(focused.tagName, focused.getAttribute('type') ?? '', focused.isContentEditable),
      isDialog: document.querySelector('dialog[open]') !== null,
      hasSingleKeys: singleKeys.checked,
    });
    if (action !== null && perform(app, action, help)) event.preventDefault();
  });
}

/** @returns whether there was something to do. */
function perform(app: AppContext, action: ShortcutAction, help: () => void): boolean {
  const state = app.store.get();
  switch (action) {
    case 'generate':
      // As the button: not before the model is there.
      if (state.load.phase === 'ready') void enqueue(app);
      return true;
    case 'cancel':
      if (state.run === null) return false;
      void cancelRun(app);
      return true;
    case 'prompt':
      byId('prompt', HTMLTextAreaElement).focus();
      return true;
    case 'random-seed':
      editDraft(app, { seed: randomSeed() });
      return true;
    case 'smaller-budget':
    case 'larger-budget':
      return moveBudget(app, action === 'larger-budget' ? 1 : -1);
    case 'compare':
      // As the button: nothing to hold against the full run when it is the choice.
      if (state.load.phase === 'ready') void compare(app);
      return true;
    case 'library':
      byId('library-title', HTMLElement).focus();
      return true;
    case 'help':
      help();
      return true;
  }
}

function moveBudget(app: AppContext, places: number): boolean {
  const { stops } = app.store.get();
  const selection = selectionOf(app.store.get());
  if (selection === null) return false;
  const { nfe } = neighbourStop(stops, selection.stop.nfe, places);
  if (nfe !== selection.stop.nfe) editDraft(app, { budget: nfe, policyId: null });
  app.store.set({ announcement: `Budget: ${nfe} of ${selection.stepCount} steps.` });
  return true;
}

const KEY_NAMES: Readonly<Record<string, string>> = { Escape: 'Esc' };
const isMac = /mac|iphone|ipad/i.test(navigator.userAgent);

function showList(): void {
  byId('shortcut-list', HTMLElement).replaceChildren(
    ...SHORTCUTS.map(({ key, withControl, words }) => {
      const name = KEY_NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
      const keys = [...(withControl ? [isMac ? '⌘' : 'Ctrl'] : []), name].flatMap((label, index) => [
        ...(index > 0 ? [document.createTextNode(' + ')] : []),
        make('kbd', { text: label }),
      ]);
      return make('div', {}, make('dt', {}, ...keys), make('dd', { text: words }));
    }),
  );
}
