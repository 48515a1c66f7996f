import { describe, expect, test } from 'vitest';
import type { KeyPlace, KeyPress } from './shortcuts.ts';
import { actionOf, isTextField, SHORTCUTS } from './shortcuts.ts';

const press = (key: string, change: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  isComposing: false,
  defaultPrevented: false,
  ...change,
});
const page: KeyPlace = { isTextField: false, isDialog: false, hasSingleKeys: true };
const field: KeyPlace = { ...page, isTextField: true };

describe('a key', () => {
  test('means what the list says', () => {
    for (const { action, key, withControl } of SHORTCUTS) expect(actionOf(press(key, { ctrlKey: withControl }), page)).toBe(action);
    expect(new Set(SHORTCUTS.map(({ key, withControl }) => `${key} ${withControl}`)).size).toBe(SHORTCUTS.length);
  });

  test('may be a capital, and ⌘ stands for Ctrl', () => {
    expect(actionOf(press('R'), page)).toBe('random-seed');
    expect(actionOf(press('Enter', { metaKey: true }), page)).toBe('generate');
  });

  test.each(['r', 'p', 'c', '[', ']', '?', 'l'])('%s is left to a text field', (key) => {
    expect(actionOf(press(key), field)).toBeNull();
  });

  test('that types nothing works in a text field', () => {
    expect(actionOf(press('Enter', { ctrlKey: true }), field)).toBe('generate');
    expect(actionOf(press('Escape'), field)).toBe('cancel');
    expect(actionOf(press('Enter'), field)).toBeNull();
  });

  test('alone can be switched off', () => {
    const off = { ...page, hasSingleKeys: false };
    expect(actionOf(press('r'), off)).toBeNull();
    expect(actionOf(press('Enter', { ctrlKey: true }), off)).toBe('generate');
    expect(actionOf(press('Escape'), off)).toBe('cancel');
  });

  test.each<[string, Partial<KeyPress>]>([
    ['of a browser’s own shortcut', { ctrlKey: true }],
    ['with Alt', { altKey: true }],
    ['held down', { repeat: true }],
    ['that composes a character', { isComposing: true }],
    ['that something else has used', { defaultPrevented: true }],
  ])('%s is not ours', (_, change) => {
    expect(actionOf(press('r', change), page)).toBeNull();
  });

  test('belongs to an open dialog', () => {
    expect(actionOf(press('Escape'), { ...page, isDialog: true })).toBeNull();
  });
});

test.each([
  ['TEXTAREA', '', true],
  ['INPUT', 'number', true],
  ['INPUT', 'text', true],
  ['SELECT', 'select-one', true],
  ['INPUT', 'range', false],
  ['INPUT', 'checkbox', false],
  ['BUTTON', 'submit', false],
  ['BODY', '', false],
])('whether %s of the type “%s” takes typing: %s', (tag, type, takes) => {
  expect(isTextField(tag, type, false)).toBe(takes);
});
