/** Models from elsewhere: looked up when the person says so, shown before anything else of them is fetched; and what is stored here. */
import type { Outcome } from '../../protocol/errors.ts';
import type { AppContext } from '../app-context.ts';
import { ERROR_TEXT } from '../error-text.ts';
import { isModelBusy, switchModel } from '../model-switch.ts';
import type { Offer } from '../remote-manifest.ts';
import { hubManifestUrl, offerFrom, offerFromFiles } from '../remote-manifest.ts';
import { make } from './dom.ts';
import { makeField, makeForm } from './form-parts.ts';
import { makeOfferCard } from './models-offer-view.ts';
import { makeStoredModels } from './models-stored-view.ts';

/** Made once; showing it again is `showModal`. @param open opens the model that the state names. */
export function createModelsDialog(app: AppContext, open: () => Promise<unknown>): HTMLDialogElement {
  const dialog = make('dialog', { class: 'dialog' });
  const title = make('h2', { text: 'Models from elsewhere' });
  title.id = 'models-title';
  dialog.setAttribute('aria-labelledby', title.id);
  const news = make('p', { class: 'hint hint-strong' });
  news.setAttribute('role', 'status');
  const place = make('div', { class: 'field' });
  const stored = makeStoredModels(app, (manifestUrl) => take(manifestUrl, {}));
  const tell = (text: string): void => {
    news.textContent = text;
  };

  async function take(manifestUrl: string, source: Offer['source']): Promise<void> {
    if (isModelBusy(app.store.get())) {
      tell('Another model can be opened when nothing runs, waits or is searched.');
      return;
    }
    // Large files are worth a question; browsers that say no store them all the same until room is short.
    await navigator.storage.persist().catch(() => false);
    app.sources.set(manifestUrl, source);
    dialog.close();
    if (app.store.get().modelId === manifestUrl) await open();
    else await switchModel(app, manifestUrl, open);
  }

  async function show(ask: () => Promise<Outcome<Offer>>): Promise<void> {
    tell('Looking…');
    place.replaceChildren();
    const found = await ask();
    if (!found.ok) {
      tell(`${ERROR_TEXT[found.error.code]} ${found.error.message}`);
      return;
    }
    tell('');
    const { manifestUrl, source } = found.value;
    place.replaceChildren(await makeOfferCard(found.value, () => void take(manifestUrl, source)));
  }

  const close = make('button', { text: 'Close' });
  close.type = 'button';
  close.addEventListener('click', () => dialog.close());
  dialog.append(title, ...makeSources(show), news, place, stored.element, close);
  dialog.addEventListener('close', () => {
    // A token is for one look-up and its download.
    for (const secret of dialog.querySelectorAll<HTMLInputElement>('input[type=password]')) secret.value = '';
  });
  document.body.append(dialog);
  return Object.assign(dialog, {
    showModal(): void {
      HTMLDialogElement.prototype.showModal.call(dialog);
      tell('');
      place.replaceChildren();
      void stored.refresh();
    },
  });
}

/** The hub, an address, and this machine. */
function makeSources(show: (ask: () => Promise<Outcome<Offer>>) => Promise<void>): readonly HTMLElement[] {
  const repository = makeField('Repository', { placeholder: 'owner/name' });
  const revision = makeField('Revision', { placeholder: 'commit, 40 hex digits' });
  const folder = makeField('Folder', { placeholder: 'of the bundle, if not the root' });
  const token = makeField('Access token', { type: 'password', placeholder: 'for gated repositories; forgotten with the page' });
  const hub = makeForm('Hugging Face', 'Look up on Hugging Face', [repository, revision, folder, token], () =>
    show(async () => {
      const url = hubManifestUrl({ repository: repository.value(), revision: revision.value(), folder: folder.value() });
      return url.ok ? offerFrom(url.value, token.value()) : url;
    }),
  );
  const address = makeField('Manifest address', { type: 'url', placeholder: 'https://…/manifest.json' });
  const byAddress = makeForm('By address', 'Look up address', [address], () => show(() => offerFrom(address.value(), '')));
  const local = make('div', { class: 'policy-buttons' }, chooser('Choose folder', true, show), chooser('Choose files', false, show));
  return [hub, byAddress, local];
}

function chooser(text: string, isFolder: boolean, show: (ask: () => Promise<Outcome<Offer>>) => Promise<void>): HTMLElement {
  const input = make('input');
  Object.assign(input, { type: 'file', multiple: true, webkitdirectory: isFolder, hidden: true });
  const button = make('button', { text });
  button.type = 'button';
  button.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    input.value = '';
    if (files.length > 0) void show(() => offerFromFiles(files));
  });
  return make('div', {}, button, input);
}
