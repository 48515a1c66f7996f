/** The buttons by which a picture leaves the page, and the ways in which a recipe comes back: link, file, drop. */
import type { AppContext } from '../app-context.ts';
import { importPolicy } from '../policy-import.ts';
import { restoreFromLink, restoreFromPng } from '../recipe-restore.ts';
import { copyPicture, downloadPicture, shareRecipe } from '../share-actions.ts';
import { recipeOf } from '../state.ts';
import { byId } from './dom.ts';

export function bindShare(app: AppContext): void {
  const download = byId('download', HTMLButtonElement);
  const copy = byId('copy-image', HTMLButtonElement);
  const share = byId('share', HTMLButtonElement);
  download.addEventListener('click', () => void downloadPicture(app));
  copy.addEventListener('click', () => void copyPicture(app));
  share.addEventListener('click', () => void shareRecipe(app).then((link) => link !== null && showLink(link.href, link.text)));
  app.store.watch((state) => [state.finished, recipeOf(state) !== null], (finished, hasRecipe) => {
    download.disabled = finished === null;
    copy.disabled = finished === null;
    share.disabled = finished === null && !hasRecipe;
    // A link to another picture than the one that is seen would mislead.
    byId('share-result', HTMLElement).hidden = true;
  });
  addEventListener('hashchange', () => void restoreFromLink(app));
  bindOpen(app);
  bindDrop(app);
}

function showLink(href: string, text: string): void {
  const field = byId('share-link', HTMLInputElement);
  byId('share-result', HTMLElement).hidden = false;
  byId('share-text', HTMLElement).textContent = text;
  field.value = href;
  field.select();
}

function bindOpen(app: AppContext): void {
  const file = byId('png-file', HTMLInputElement);
  byId('open-png', HTMLButtonElement).addEventListener('click', () => file.click());
  file.addEventListener('change', () => {
    const chosen = file.files?.[0];
    // Cleared, so that the same file can be chosen again.
    if (chosen !== undefined) void restoreFromPng(app, chosen).finally(() => (file.value = ''));
  });
}

/** Whatever else is dropped is taken for a picture, and refused as none. */
const isPolicyFile = ({ name }: File): boolean => /\.(?:json|pt)$/i.test(name);

const carriesFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') === true;

/** Anywhere on the page: a file that missed would otherwise replace the page, and what was typed with it. */
function bindDrop(app: AppContext): void {
  const hint = byId('drop-hint', HTMLElement);
  document.addEventListener('dragover', (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    hint.hidden = false;
  });
  document.addEventListener('dragleave', (event) => {
    // Leaving one element for another is not leaving the page.
    if (event.relatedTarget === null) hint.hidden = true;
  });
  document.addEventListener('drop', (event) => {
    hint.hidden = true;
    if (!carriesFiles(event)) return;
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) void (isPolicyFile(file) ? importPolicy(app, file) : restoreFromPng(app, file));
  });
}
