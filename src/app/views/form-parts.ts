/** Forms that are made when they are first wanted. */
import { make } from './dom.ts';

export interface Field {
  readonly element: HTMLElement;
  /** Without spaces around it. */
  value(): string;
}

export function makeField(label: string, { type = 'text', placeholder }: { readonly type?: string; readonly placeholder: string }): Field {
  const input = make('input');
  Object.assign(input, { type, placeholder, autocomplete: 'off', spellcheck: false });
  return { element: make('label', { class: 'field' }, make('span', { class: 'field-label', text: label }), input), value: () => input.value.trim() };
}

/** @param name told to who cannot see it. */
export function makeForm(name: string, action: string, fields: readonly Field[], onSubmit: () => Promise<void>): HTMLFormElement {
  const form = make('form', { class: 'field' });
  form.setAttribute('aria-label', name);
  form.autocomplete = 'off';
  form.noValidate = true;
  form.append(...fields.map(({ element }) => element), make('button', { text: action }));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void onSubmit();
  });
  return form;
}
