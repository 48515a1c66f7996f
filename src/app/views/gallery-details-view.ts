/** The recipe of the picture on the stage, the room that the gallery takes, and clearing it. */
import type { AppContext } from '../app-context.ts';
import { clearGallery, deletePicture, itemsOf } from '../gallery-actions.ts';
import { galleryIdOf } from '../gallery-run.ts';
import type { GalleryItem } from '../gallery-state.ts';
import { clearText, describeUsage, recipeRows } from '../gallery-text.ts';
import { restoreRecipe } from '../recipe-restore.ts';
import { byId, make } from './dom.ts';

export function bindGalleryDetails(app: AppContext): void {
  const details = byId('gallery-details', HTMLElement);
  const rows = byId('gallery-recipe', HTMLDListElement);
  const current = (): GalleryItem | null => {
    const id = galleryIdOf(app.store.get().finished);
    return itemsOf(app).find(({ entry }) => entry.id === id) ?? null;
  };
  const preview = make('img', { class: 'gallery-preview' });
  preview.alt = '';
  details.prepend(preview);
  let shown: GalleryItem | null = null;
  app.store.watch(({ gallery, finished }) => [gallery.items, finished], () => {
    const item = current();
    if (item === shown) return;
    shown = item;
    details.hidden = item === null;
    showPreview(preview, item);
    const pairs = item === null ? [] : recipeRows(item.entry);
    rows.replaceChildren(...pairs.map(([name, value]) => make('div', {}, make('dt', { text: name }), make('dd', { text: value }))));
  });

  byId('use-recipe', HTMLButtonElement).addEventListener('click', () => {
    const item = current();
    if (item !== null) void restoreRecipe(app, item.entry.recipe, 'this picture');
  });
  byId('delete-picture', HTMLButtonElement).addEventListener('click', () => {
    const item = current();
    // Its own place is gone with the picture: the way back is the next thing at hand.
    if (item !== null) void deletePicture(app, item.entry.id).then((isGone) => isGone && byId('undo-delete', HTMLButtonElement).focus());
  });
  bindStorage(app);
}

/** Beside its recipe as well: on a small screen the stage is out of sight here. */
function showPreview(image: HTMLImageElement, item: GalleryItem | null): void {
  if (image.src !== '') URL.revokeObjectURL(image.src);
  if (item === null) {
    image.removeAttribute('src');
    return;
  }
  image.width = item.entry.width;
  image.height = item.entry.height;
  image.src = URL.createObjectURL(item.entry.thumbnail);
}

function bindStorage(app: AppContext): void {
  const usageText = byId('gallery-usage', HTMLElement);
  const open = byId('clear-gallery', HTMLButtonElement);
  let isDurable = true;
  const show = (): void => {
    const { items, usage } = app.store.get().gallery;
    usageText.textContent = describeUsage(items ?? [], usage, isDurable);
    open.hidden = (items ?? []).length === 0;
  };
  app.store.watch(({ gallery }) => [gallery.items, gallery.usage], show);
  void app.gallery.then(({ durable }) => {
    isDurable = durable;
    show();
  });

  const dialog = byId('clear-dialog', HTMLDialogElement);
  open.addEventListener('click', () => {
    byId('clear-text', HTMLElement).textContent = clearText(itemsOf(app));
    dialog.showModal();
  });
  // Escape closes the dialog and nothing else; the page's own Escape cancels a run.
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  byId('clear-keep', HTMLButtonElement).addEventListener('click', () => dialog.close());
  byId('clear-confirm', HTMLButtonElement).addEventListener('click', () => {
    dialog.close();
    void clearGallery(app).then(() => byId('open-png', HTMLButtonElement).focus());
  });
}
