/** Seed, number of pictures, steps and guidance. An entry that cannot be used goes back to the last one that could. */
import { MAX_PICTURES, MAX_STEPS } from '../../storage/settings-store.ts';
import type { AppContext } from '../app-context.ts';
import { editDraft, MAX_SEED, randomSeed } from '../draft-actions.ts';
import { describeSeeds, seedsFrom } from '../seeds.ts';
import { stepsHint } from '../steps-text.ts';
import type { AppState } from '../state.ts';
import { byId } from './dom.ts';

export function bindSettings(app: AppContext): void {
  bindSeed(app);
  bindPictures(app);
  bindSteps(app);
  bindGuidance(app);
}

interface NumberField {
  readonly id: string;
  /** What the field shows; null while that is not known. */
  readonly read: (state: AppState) => number | null;
  readonly isUsable: (value: number, state: AppState) => boolean;
  readonly write: (value: number, state: AppState) => void;
}

function bindNumber({ store }: AppContext, { id, read, isUsable, write }: NumberField): HTMLInputElement {
  const input = byId(id, HTMLInputElement);
  const show = (): void => {
    const value = read(store.get());
    input.disabled = value === null;
    if (value !== null && input.valueAsNumber !== value) input.value = String(value);
  };
  input.addEventListener('input', () => {
    const value = input.valueAsNumber;
    if (isUsable(value, store.get())) write(value, store.get());
  });
  input.addEventListener('change', show);
  store.watch((state) => [read(state)], show);
  return input;
}

const isWhole = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most;

function bindSeed(app: AppContext): void {
  bindNumber(app, {
    id: 'seed',
    read: ({ draft }) => draft.seed,
    isUsable: (seed) => isWhole(seed, 0, MAX_SEED),
    write: (seed) => editDraft(app, { seed }),
  });
  byId('random-seed', HTMLButtonElement).addEventListener('click', () => editDraft(app, { seed: randomSeed() }));
}

function bindPictures(app: AppContext): void {
  bindNumber(app, {
    id: 'pictures',
    read: ({ draft }) => draft.pictureCount,
    isUsable: (count) => isWhole(count, 1, MAX_PICTURES),
    write: (pictureCount) => editDraft(app, { pictureCount }),
  });
  const hint = byId('pictures-hint', HTMLElement);
  app.store.watch(({ draft }) => [draft.seed, draft.pictureCount], (seed, count) => {
    hint.hidden = count === 1;
    hint.textContent = `${count} pictures: ${describeSeeds(seedsFrom(seed, count))}, one after the other.`;
  });
}

function bindSteps(app: AppContext): void {
  bindNumber(app, {
    id: 'steps',
    read: ({ draft, manifest }) => (manifest === null ? null : (draft.stepCount ?? manifest.defaults.stepCount)),
    isUsable: (count) => isWhole(count, 1, MAX_STEPS),
    // The model's own number is no choice: the budget then stays what it was.
    write: (count, { manifest }) => editDraft(app, { stepCount: count === manifest?.defaults.stepCount ? null : count }),
  });
  const hint = byId('steps-hint', HTMLElement);
  const reset = byId('steps-reset', HTMLButtonElement);
  reset.addEventListener('click', () => {
    editDraft(app, { stepCount: null });
    byId('steps', HTMLInputElement).focus();
  });
  app.store.watch(({ draft, manifest, stops }) => [draft.stepCount, manifest, stops], (stepCount, manifest, stops) => {
    const isOther = stepCount !== null && manifest !== null;
    byId('steps-note', HTMLElement).hidden = !isOther;
    if (!isOther) return;
    hint.textContent = stepsHint(stepCount, manifest.defaults.stepCount, stops);
    reset.textContent = `Back to ${manifest.defaults.stepCount} steps`;
  });
}

function bindGuidance(app: AppContext): void {
  const input = bindNumber(app, {
    id: 'guidance',
    read: ({ draft, manifest }) => (manifest === null ? null : (draft.guidanceScale ?? manifest.guidance.default)),
    isUsable: (scale, { manifest }) => manifest !== null && scale >= manifest.guidance.min && scale <= manifest.guidance.max,
    write: (guidanceScale) => editDraft(app, { guidanceScale }),
  });
  app.store.watch(({ manifest }) => [manifest], (manifest) => {
    if (manifest === null) return;
    input.min = String(manifest.guidance.min);
    input.max = String(manifest.guidance.max);
  });
}
