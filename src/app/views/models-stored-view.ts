/** The models whose files, or some of them, are on this machine. */
import type { StoredModel } from '../../protocol/engine.ts';
import type { AppContext } from '../app-context.ts';
import { reportFailure } from '../app-context.ts';
import { ERROR_TEXT } from '../error-text.ts';
import { formatMegabytes } from '../format.ts';
import { make } from './dom.ts';

export interface StoredModels {
  readonly element: HTMLElement;
  refresh(): Promise<void>;
}

/** @param open a stored model by its manifest's address. */
export function makeStoredModels(app: AppContext, open: (manifestUrl: string) => Promise<void>): StoredModels {
  const list = make('ul', { class: 'library-policies' });
  list.setAttribute('aria-label', 'Stored models');
  const element = make('div', { class: 'field' }, make('h3', { text: 'Stored on this machine' }), list);

  async function refresh(): Promise<void> {
    const stored = await app.engine.storedModels();
    if (!stored.ok) list.replaceChildren(make('li', { class: 'hint', text: ERROR_TEXT[stored.error.code] }));
    else if (stored.value.length === 0) list.replaceChildren(make('li', { class: 'hint', text: 'None.' }));
    else list.replaceChildren(...stored.value.map(row));
  }

  const row = (model: StoredModel): HTMLElement => {
    const { name, manifestUrl, storedBytes, totalBytes } = model;
    const remove = button('Delete', `Delete ${name}`, async () => {
      const forgotten = await app.engine.forgetModel(manifestUrl);
      if (!forgotten.ok) reportFailure(app, 'forget-model', forgotten.error);
      await refresh();
    });
    const isOfSite = manifestUrl.startsWith(app.siteUrl.href);
    const buttons = isOfSite ? [remove] : [button('Open', `Open ${name}`, () => open(manifestUrl)), remove];
    const size = storedBytes === totalBytes ? formatMegabytes(totalBytes) : `${formatMegabytes(storedBytes)} of ${formatMegabytes(totalBytes)}`;
    const where = isOfSite ? 'this site' : manifestUrl;
    return make('li', { class: 'policy' }, make('strong', { text: name }), make('span', { class: 'hint', text: `${size} · ${where}` }), make('div', { class: 'policy-buttons' }, ...buttons));
  };
  return { element, refresh };
}

function button(text: string, label: string, act: () => Promise<void>): HTMLButtonElement {
  const made = make('button', { text });
  made.type = 'button';
  made.setAttribute('aria-label', label);
  made.addEventListener('click', () => void act());
  return made;
}
