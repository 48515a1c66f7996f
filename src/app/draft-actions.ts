/** What a person types and picks: kept at once, so that no reload loses it. */
import type { Draft } from '../storage/settings-store.ts';
import { MAX_PROMPT_CHARACTERS } from '../storage/settings-store.ts';
import type { AppContext } from './app-context.ts';
import { reportStorageError } from './app-context.ts';
import { stopsFor } from './budget-stops.ts';
import { EMPTY_DRAFT } from './state.ts';

export const MAX_SEED = 0xffff_ffff;

export function editDraft(app: AppContext, patch: Partial<Draft>): void {
  const { modelId, draft, manifest, library } = app.store.get();
  const next: Draft = {
    ...draft,
    // Whoever chooses a budget gives up the limit of seconds.
    ...(patch.budget !== undefined && { budgetSeconds: null }),
    ...patch,
    prompt: (patch.prompt ?? draft.prompt).slice(0, MAX_PROMPT_CHARACTERS),
  };
  const hasOtherStops = manifest !== null && next.stepCount !== draft.stepCount;
  app.store.set({ draft: next, ...(hasOtherStops && { stops: stopsFor(manifest, library, next.stepCount) }) });
  app.settings.write(modelId, next).catch((error: unknown) => reportStorageError(app, error));
}

export function randomSeed(): number {
  const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
  return seed;
}

/** The last visit's draft, unless this tab has one of its own or something was typed meanwhile. */
export async function restoreDraft(app: AppContext): Promise<void> {
  const { modelId, draft } = app.store.get();
  if (draft !== EMPTY_DRAFT) return;
  const stored = await app.settings.read(modelId);
  if (stored !== null && app.store.get().draft === EMPTY_DRAFT) app.store.set({ draft: stored });
}
