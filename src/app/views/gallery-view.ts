/** The gallery's pictures, newest first: one stop for the Tab key, arrow keys among them. */
import type { AppContext } from '../app-context.ts';
import { deletePicture, showPicture, undoDelete } from '../gallery-actions.ts';
import { galleryIdOf } from '../gallery-run.ts';
import type { GalleryItem } from '../gallery-state.ts';
import { deletedText, describeItem, nfeOfEntry } from '../gallery-text.ts';
import { byId, make } from './dom.ts';
import { nextTile } from './gallery-keys.ts';

/** Pictures on the page at once; older ones on request. */
const PAGE_SIZE = 60;

interface Tile {
  readonly element: HTMLLIElement;
  readonly button: HTMLButtonElement;
  readonly thumbnailUrl: string;
  readonly item: GalleryItem;
}

export function bindGallery(app: AppContext): void {
  const list = byId('gallery-list', HTMLUListElement);
  const more = byId('gallery-more', HTMLButtonElement);
  const tiles = new Map<string, Tile>();
  let shownCount = PAGE_SIZE;

  const showItems = (): void => {
    const { items } = app.store.get().gallery;
    const shown = (items ?? []).slice(0, shownCount);
    placeTiles(app, list, tiles, shown);
    list.hidden = shown.length === 0;
    more.hidden = (items ?? []).length <= shownCount;
    byId('gallery-empty', HTMLElement).hidden = items === null || items.length > 0;
    markCurrent(list, tiles, galleryIdOf(app.store.get().finished));
  };
  app.store.watch(({ gallery, finished }) => [gallery.items, finished], showItems);
  more.addEventListener('click', () => {
    shownCount += PAGE_SIZE;
    const firstNew = list.children.length;
    showItems();
    list.children[firstNew]?.querySelector('button')?.focus();
  });

  list.addEventListener('keydown', (event) => {
    const buttons = [...list.querySelectorAll('button')];
    const from = buttons.indexOf(event.target as HTMLButtonElement);
    const id = buttons[from]?.dataset['id'];
    if (id === undefined) return;
    if (event.key === 'Delete') {
      event.preventDefault();
      void deletePicture(app, id).then((isGone) => isGone && focusAfterDelete(list, from));
      return;
    }
    const next = nextTile(event.key, from, buttons.map((button) => button.getBoundingClientRect()));
    if (next === null) return;
    event.preventDefault();
    focusTile(buttons, next);
  });
  bindUndo(app, list);
}

/** Only what changed is touched, so that the focus stays where it is. */
function placeTiles(app: AppContext, list: HTMLElement, tiles: Map<string, Tile>, shown: readonly GalleryItem[]): void {
  const wanted = new Map(shown.map((item) => [item.entry.id, item]));
  for (const [id, tile] of tiles) {
    if (wanted.get(id) === tile.item) continue;
    const replacement = wanted.get(id);
    if (replacement !== undefined && replacement.entry.thumbnail === tile.item.entry.thumbnail) {
      labelTile(tile.button, replacement);
      tiles.set(id, { ...tile, item: replacement });
      continue;
    }
    tile.element.remove();
    URL.revokeObjectURL(tile.thumbnailUrl);
    tiles.delete(id);
  }
  for (const [index, item] of shown.entries()) {
    const tile = tiles.get(item.entry.id) ?? makeTile(app, item);
    tiles.set(item.entry.id, tile);
    if (list.children[index] !== tile.element) list.insertBefore(tile.element, list.children[index] ?? null);
  }
}

function makeTile(app: AppContext, item: GalleryItem): Tile {
  const { entry } = item;
  const thumbnailUrl = URL.createObjectURL(entry.thumbnail);
  const image = make('img');
  image.src = thumbnailUrl;
  image.alt = '';
  image.width = entry.width;
  image.height = entry.height;
  image.loading = 'lazy';
  const badge = make('span', { class: 'tile-badge', text: String(nfeOfEntry(entry)) });
  badge.ariaHidden = 'true';
  const button = make('button', { class: 'tile' }, image, badge);
  button.type = 'button';
  button.dataset['id'] = entry.id;
  button.setAttribute('aria-describedby', 'gallery-keys');
  labelTile(button, item);
  button.addEventListener('click', () => void showPicture(app, entry.id));
  return { element: make('li', {}, button), button, thumbnailUrl, item };
}

function labelTile(button: HTMLButtonElement, item: GalleryItem): void {
  const label = describeItem(item);
  button.setAttribute('aria-label', label);
  button.title = label;
  button.classList.toggle('is-unstored', item.unstoredPng !== null);
}

/** Marks the picture on the stage; Tab enters the list there, or where it was left. */
function markCurrent(list: HTMLElement, tiles: ReadonlyMap<string, Tile>, currentId: string | null): void {
  for (const [id, { button }] of tiles) {
    if (id === currentId) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
  }
  const buttons = [...list.querySelectorAll('button')];
  if (list.contains(document.activeElement)) return;
  const entrance = Math.max(0, buttons.findIndex((button) => button.hasAttribute('aria-current')));
  setTabStop(buttons, entrance);
}

function setTabStop(buttons: readonly HTMLButtonElement[], stop: number): void {
  for (const [index, button] of buttons.entries()) button.tabIndex = index === stop ? 0 : -1;
}

function focusTile(buttons: readonly HTMLButtonElement[], index: number): void {
  setTabStop(buttons, index);
  buttons[index]?.focus();
}

/** On to the picture that took the place, else to Undo. */
function focusAfterDelete(list: HTMLElement, index: number): void {
  const buttons = [...list.querySelectorAll('button')];
  if (buttons.length > 0) focusTile(buttons, Math.min(index, buttons.length - 1));
  else byId('undo-delete', HTMLButtonElement).focus();
}

function bindUndo(app: AppContext, list: HTMLElement): void {
  const text = byId('gallery-undo-text', HTMLElement);
  const undo = byId('undo-delete', HTMLButtonElement);
  app.store.watch(({ gallery }) => [gallery.deleted.length], (count) => {
    text.hidden = count === 0;
    undo.hidden = count === 0;
    text.textContent = count === 0 ? '' : deletedText(count);
  });
  undo.addEventListener('click', () => {
    void undoDelete(app).then((id) => {
      const buttons = [...list.querySelectorAll('button')];
      const index = buttons.findIndex((button) => button.dataset['id'] === id);
      // With more to bring back the focus stays on Undo.
      if (index >= 0 && undo.hidden) focusTile(buttons, index);
    });
  });
}
