/** Seed and guidance. An entry that cannot be used goes back to the last one that could. */
import type { AppContext } from '../app-context.ts';
import { editDraft, MAX_SEED, randomSeed } from '../draft-actions.ts';
import { byId } from './dom.ts';

export function bindSettings(app: AppContext): void {
  bindSeed(app);
  bindGuidance(app);
}

function bindSeed(app: AppContext): void {
  const input = byId('seed', HTMLInputElement);
  const usable = (): number | null => {
    const seed = input.valueAsNumber;
    return Number.isInteger(seed) && seed >= 0 && seed <= MAX_SEED ? seed : null;
  };
  input.addEventListener('input', () => {
    const seed = usable();
    if (seed !== null) editDraft(app, { seed });
  });
  input.addEventListener('change', () => {
    input.value = String(usable() ?? app.store.get().draft.seed);
  });
  byId('random-seed', HTMLButtonElement).addEventListener('click', () => editDraft(app, { seed: randomSeed() }));
  app.store.watch(({ draft }) => [draft.seed], (seed) => {
    if (input.valueAsNumber !== seed) input.value = String(seed);
  });
}

function bindGuidance(app: AppContext): void {
  const input = byId('guidance', HTMLInputElement);
  const usable = (): number | null => {
    const { manifest } = app.store.get();
    const scale = input.valueAsNumber;
    if (manifest === null || !Number.isFinite(scale)) return null;
    return scale >= manifest.guidance.min && scale <= manifest.guidance.max ? scale : null;
  };
  input.addEventListener('input', () => {
    const guidanceScale = usable();
    if (guidanceScale !== null) editDraft(app, { guidanceScale });
  });
  const show = (): void => {
    const { draft, manifest } = app.store.get();
    if (manifest !== null) input.value = String(draft.guidanceScale ?? manifest.guidance.default);
  };
  input.addEventListener('change', show);
  app.store.watch(({ draft, manifest }) => [draft.guidanceScale, manifest], (scale, manifest) => {
    if (manifest === null) return;
    input.min = String(manifest.guidance.min);
    input.max = String(manifest.guidance.max);
    input.disabled = false;
    if (input.valueAsNumber !== (scale ?? manifest.guidance.default)) show();
  });
}
