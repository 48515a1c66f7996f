/** Keyboard shortcuts: which key means what, and when a key belongs to somebody else. Shown by views/shortcuts-view.ts. */

export type ShortcutAction =
  | 'generate'
  | 'cancel'
  | 'prompt'
  | 'random-seed'
  | 'smaller-budget'
  | 'larger-budget'
  | 'compare'
  | 'library'
  | 'help';

export interface Shortcut {
  readonly action: ShortcutAction;
  /** As in KeyboardEvent.key, letters in lower case. */
  readonly key: string;
  /** With Ctrl, or ⌘ on a Mac: works inside text fields too. */
  readonly withControl: boolean;
  readonly words: string;
}

export const SHORTCUTS: readonly Shortcut[] = [
  { action: 'generate', key: 'Enter', withControl: true, words: 'Generate; while a run goes on, add to the queue' },
  { action: 'cancel', key: 'Escape', withControl: false, words: 'Cancel the run' },
  { action: 'prompt', key: 'p', withControl: false, words: 'Go to the prompt' },
  { action: 'random-seed', key: 'r', withControl: false, words: 'Random seed' },
  { action: 'smaller-budget', key: '[', withControl: false, words: 'Next smaller budget' },
  { action: 'larger-budget', key: ']', withControl: false, words: 'Next larger budget' },
  { action: 'compare', key: 'c', withControl: false, words: 'Compare with the full run' },
  { action: 'library', key: 'l', withControl: false, words: 'Go to the policy library' },
  { action: 'help', key: '?', withControl: false, words: 'Show these shortcuts' },
];

/** What is needed of a KeyboardEvent. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
  readonly isComposing: boolean;
  readonly defaultPrevented: boolean;
}

export interface KeyPlace {
  /** The focus is where keys are typed or chosen by letter. */
  readonly isTextField: boolean;
  /** A dialog is open. */
  readonly isDialog: boolean;
  /** Keys without Ctrl are switched on. */
  readonly hasSingleKeys: boolean;
}

/** Null: the key is none of ours, or belongs to what has the focus. */
export function actionOf(press: KeyPress, place: KeyPlace): ShortcutAction | null {
  if (press.defaultPrevented || press.isComposing || press.altKey || press.repeat || place.isDialog) return null;
  const withControl = press.ctrlKey || press.metaKey;
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  const shortcut = SHORTCUTS.find((candidate) => candidate.key === key && candidate.withControl === withControl);
  if (shortcut === undefined) return null;
  // Escape types nothing, and a run must be stoppable from anywhere.
  if (withControl || shortcut.action === 'cancel') return shortcut.action;
  return place.isTextField || !place.hasSingleKeys ? null : shortcut.action;
}

/** Inputs that take no typing. */
const TYPELESS_INPUTS = new Set(['button', 'checkbox', 'radio', 'range', 'submit', 'reset', 'file', 'color', 'image']);

/** Of what has the focus, by its tag, its type and whether it is editable. */
export function isTextField(tagName: string, type: string, isContentEditable: boolean): boolean {
  const tag = tagName.toLowerCase();
  if (tag === 'input') return !TYPELESS_INPUTS.has(type.toLowerCase());
  // A closed list of choices is walked by letters.
  return tag === 'textarea' || tag === 'select' || isContentEditable;
}
