/** What leaves the page by the person's hand: the picture as a file, the picture to the clipboard, a link to its recipe. */
import type { AppContext } from './app-context.ts';
import { addNotice, dismissNotice, reportFailure } from './app-context.ts';
import { pngWithRecipe } from './gallery-picture.ts';
import { pictureFileName } from './gallery-text.ts';
import { portableRecipe } from './recipe-portable.ts';
import { saveFile } from './save-file.ts';
import { shareLinkOf } from './share-link-text.ts';
import { nfeOfChoice, recipeOf } from './state.ts';

const NOTICE = 'share';

/** The picture on the stage as a PNG that carries its whole recipe. */
export async function downloadPicture(app: AppContext): Promise<void> {
  const { finished, manifest } = app.store.get();
  dismissNotice(app, NOTICE);
  if (finished === null) return;
  const { recipe, result } = finished;
  const png = await pngWithRecipe(result.picture, portableRecipe(recipe, manifest));
  if (png.ok) saveFile(png.value, pictureFileName(recipe, nfeOfChoice(recipe.choice.file, recipe.stepCount)));
  else reportFailure(app, NOTICE, png.error);
}

/** The picture on the stage, for another program to paste. */
export async function copyPicture(app: AppContext): Promise<void> {
  const { finished, manifest } = app.store.get();
  dismissNotice(app, NOTICE);
  if (finished === null) return;
  const png = pngWithRecipe(finished.result.picture, portableRecipe(finished.recipe, manifest)).then((outcome) => {
    if (outcome.ok) return outcome.value;
    throw new Error(outcome.error.message);
  });
  try {
    // Promised, not awaited: some browsers allow the clipboard only in the click itself.
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
    app.store.set({ announcement: 'The picture is in the clipboard.' });
    addNotice(app, { key: NOTICE, kind: 'info', text: 'The picture is in the clipboard.', code: null, detail: null });
  } catch (error) {
    reportFailure(app, NOTICE, { code: 'clipboard-unavailable', message: error instanceof Error ? error.message : String(error) });
  }
}

export interface SharedLink {
  readonly href: string;
  /** One or two sentences: what has become of it. */
  readonly text: string;
}

/** Links to the recipe of the picture on the stage, else to that of the settings. Null, and the reason shown, where it cannot be. */
export async function shareRecipe(app: AppContext): Promise<SharedLink | null> {
  const { finished, manifest } = app.store.get();
  dismissNotice(app, NOTICE);
  const recipe = finished?.recipe ?? recipeOf(app.store.get());
  if (recipe === null) return null;
  const link = await shareLinkOf(portableRecipe(recipe, manifest), app.siteUrl);
  if (!link.ok) {
    const { code, message } = link.error;
    const text = 'This recipe is too long for a link. Nothing is lost; Download puts the whole of it into the picture’s file.';
    addNotice(app, { key: NOTICE, kind: 'error', text, code, detail: message });
    return null;
  }
  const { href, hasPolicy } = link.value;
  const copied = (await isCopied(href)) ? 'The link is in the clipboard.' : 'The browser did not let this page copy the link: copy it from here.';
  const limits = hasPolicy ? '' : ' The policy is too large for a link and is only named in it.';
  return { href, text: `${copied}${limits}` };
}

async function isCopied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
