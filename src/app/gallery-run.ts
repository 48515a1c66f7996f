/** Between a finished run on the stage and its entry in the gallery. */
import type { WholeRecipe } from '../core/recipe/recipe.ts';
import type { RgbaPicture } from '../protocol/engine.ts';
import type { GalleryEntry } from '../storage/gallery-record.ts';
import type { PolicyChoice } from './budget-stops.ts';
import { FULL_RUN } from './budget-stops.ts';
import type { AppState, FinishedRun } from './state.ts';

/** Which picture of the gallery a run on the stage is. */
const idOfRun = new WeakMap<FinishedRun, string>();

export const galleryIdOf = (run: FinishedRun | null): string | null => (run === null ? null : (idOfRun.get(run) ?? null));

export const setGalleryId = (run: FinishedRun, id: string): void => void idOfRun.set(run, id);

/** Of its own: two tabs may store in the same millisecond. */
export function newEntryId(createdMs: number): string {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return `${createdMs.toString(36)}-${random.toString(36)}`;
}

export function entryOf(
  run: FinishedRun,
  recipe: WholeRecipe,
  files: { readonly id: string; readonly createdMs: number; readonly pngBytes: number; readonly thumbnail: Blob },
): GalleryEntry {
  const { picture, trace, unknownWords } = run.result;
  const { width, height } = picture;
  return { ...files, width, height, recipe, trace, predictedMs: run.predictedMs, unknownWords };
}

/** The run as if it had just finished. */
export function runOf(entry: GalleryEntry, picture: RgbaPicture, state: Pick<AppState, 'manifest' | 'opened' | 'stops'>): FinishedRun {
  const { recipe, trace, unknownWords, predictedMs } = entry;
  const { modelId, prompt, negativePrompt = '', seed, guidanceScale, stepCount } = recipe;
  const run: FinishedRun = {
    recipe: { modelId, prompt, negativePrompt, seed, guidanceScale, stepCount, choice: choiceOf(entry, state) },
    result: { picture, trace, latents: null, unknownWords },
    predictedMs,
  };
  setGalleryId(run, entry.id);
  return run;
}

/**
 * The library's own choice where a run of it now would give this very picture, so that comparisons need not run
 * it again; else one that equals nothing in the library.
 */
function choiceOf({ id, recipe, trace }: GalleryEntry, { manifest, opened, stops }: Pick<AppState, 'manifest' | 'opened' | 'stops'>): PolicyChoice {
  const { policy } = recipe;
  const isSameMachinery = manifest !== null && recipe.binding === manifest.binding && trace.backend === opened?.backend.kind;
  if (isSameMachinery) {
    if (policy === null) return FULL_RUN;
    const text = JSON.stringify(policy);
    const known = stops.flatMap(({ choices }) => choices).find(({ file }) => file !== null && JSON.stringify(file) === text);
    if (known !== undefined) return known;
  }
  return {
    policyId: `gallery/${id}`,
    label: policy?.name ?? FULL_RUN.label,
    file: policy,
    verified: policy === null || policy.model.kind === 'bound',
  };
}
