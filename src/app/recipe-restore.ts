/** Puts a recipe from outside, or from the gallery, into the settings; what was typed before can be brought back. */
import type { Refusal } from '../core/import/refusal.ts';
import { nfeOf } from '../core/policy.ts';
import type { PolicyFile } from '../core/policy.ts';
import { MAX_PNG_BYTES } from '../core/recipe/png-chunks.ts';
import { readPngRecipe } from '../core/recipe/png-recipe.ts';
import type { Recipe } from '../core/recipe/recipe.ts';
import { isShareFragment, readShareFragment } from '../core/recipe/share-link.ts';
import type { Manifest } from '../protocol/manifest.ts';
import { parseManifest } from '../storage/manifest-schema.ts';
import { parsePolicyFile } from '../storage/policy-file.ts';
import type { Draft } from '../storage/settings-store.ts';
import type { AppContext } from './app-context.ts';
import { addNotice, dismissNotice, reportStorageError } from './app-context.ts';
import { editDraft } from './draft-actions.ts';
import { isModelBusy } from './model-switch.ts';
import { showStored } from './policy-actions.ts';
import { fitRecipe } from './recipe-fit.ts';
import { browserDeflate } from './share-deflate.ts';

const NOTICE = 'recipe';

/** Reads the recipe in a PNG and restores it; refuses every other file with a code and a sentence. Never rejects. */
export async function restoreFromPng(app: AppContext, file: File): Promise<void> {
  const refuse = (refusal: Refusal): void =>
    reportRefusal(app, `“${file.name}” brings no recipe that can be used, so nothing was changed.`, refusal);
  if (file.size > MAX_PNG_BYTES) {
    refuse({ code: 'too-large', message: `The file has ${file.size} bytes; ${MAX_PNG_BYTES} are the most.` });
    return;
  }
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    refuse({ code: 'png-invalid', message: 'The file could not be read.' });
    return;
  }
  const read = readPngRecipe(bytes, parsePolicyFile);
  if (read.ok) await restoreRecipe(app, read.value, `“${file.name}”`);
  else refuse(read.error);
}

/** Restores the recipe that the address carries, if any, and takes it out of the address, so that a reload keeps later edits. */
export async function restoreFromLink(app: AppContext): Promise<void> {
  const { hash } = location;
  if (!isShareFragment(hash)) return;
  history.replaceState(history.state, '', `${location.pathname}${location.search}`);
  const read = await readShareFragment(hash, browserDeflate, parsePolicyFile);
  if (read.ok) await restoreRecipe(app, read.value, 'the link');
  else reportRefusal(app, 'This link cannot be used, so nothing was changed. Ask for it again, and copy the whole of it.', read.error);
}

function reportRefusal(app: AppContext, text: string, { code, message }: Refusal): void {
  addNotice(app, { key: NOTICE, kind: 'error', text, code, detail: message });
}

/** At once, or as soon as the model and its policies are known. */
export async function restoreRecipe(app: AppContext, recipe: Recipe, source: string): Promise<void> {
  const { manifest, inbox } = app.store.get();
  dismissNotice(app, NOTICE);
  if (!inbox.isOpen || manifest === null) app.store.set({ inbox: { ...inbox, waiting: { recipe, source } } });
  else if (manifest.id === recipe.modelId) await takeOver(app, recipe, source, manifest);
  else await offerModel(app, recipe, source);
}

/** Called when the model's policies are known. */
export async function openInbox(app: AppContext): Promise<void> {
  const { waiting } = app.store.get().inbox;
  app.store.set({ inbox: { isOpen: true, waiting: null, wantedModelId: null } });
  if (waiting !== null) await restoreRecipe(app, waiting.recipe, waiting.source);
}

async function takeOver(app: AppContext, recipe: Recipe, source: string, manifest: Manifest): Promise<void> {
  const before = app.store.get().draft;
  const { draft, policy, problems, code } = fitRecipe(recipe, manifest, app.store.get().library);
  const patch = policy === null ? draft : { ...draft, ...(await inLibrary(app, manifest, policy)) };
  editDraft(app, patch);
  const text = [`The settings are now those of ${source}.`, ...problems].join(' ');
  addNotice(app, {
    key: NOTICE,
    kind: problems.length === 0 ? 'info' : 'warning',
    text,
    code,
    detail: null,
    action: { label: 'Undo', run: () => editDraft(app, before) },
  });
}

/** A recipe's policy joins the library, once; without storage the settings do without it. */
async function inLibrary(app: AppContext, manifest: Manifest, policy: PolicyFile): Promise<Partial<Draft>> {
  try {
    const { stored, isNew } = await (await app.policies).addImported(manifest.id, policy);
    if (isNew) await showStored(app, manifest);
    return { budget: nfeOf(stored.file), policyId: stored.id };
  } catch (error) {
    reportStorageError(app, error);
    return {};
  }
}

/** Nothing is left before the person says so: a run may be under way. */
async function offerModel(app: AppContext, recipe: Recipe, source: string): Promise<void> {
  if (!(await hasModel(app, recipe.modelId))) {
    const message = `It was made by the model “${recipe.modelId}”, which this page does not have.`;
    reportRefusal(app, `The recipe of ${source} cannot be used here, so nothing was changed.`, { code: 'recipe-invalid', message });
    return;
  }
  addNotice(app, {
    key: NOTICE,
    kind: 'info',
    text: `The recipe of ${source} is for the model “${recipe.modelId}”, and another one is open.`,
    code: null,
    detail: null,
    action: { label: 'Open that model', run: () => wantModel(app, recipe, source) },
  });
}

/** Without leaving the page, which would lose the picture on the stage and whatever runs. */
function wantModel(app: AppContext, recipe: Recipe, source: string): void {
  app.store.set({ inbox: { isOpen: false, waiting: { recipe, source }, wantedModelId: recipe.modelId } });
  if (!isModelBusy(app.store.get())) return;
  const text = `The model “${recipe.modelId}” is opened as soon as nothing runs, waits or is searched.`;
  addNotice(app, { key: NOTICE, kind: 'info', text, code: null, detail: null });
}

async function hasModel(app: AppContext, modelId: string): Promise<boolean> {
  try {
    const response = await fetch(new URL(`models/${encodeURIComponent(modelId)}/manifest.json`, app.siteUrl));
    const parsed = response.ok ? parseManifest(await response.json()) : null;
    return parsed?.ok === true && parsed.value.id === modelId;
  } catch {
    return false;
  }
}
