/** The latest picture's words, the seed's noise before there is one, and the button that compares. */
import type { AppContext } from '../app-context.ts';
import { compare } from '../compare-actions.ts';
import { costName } from '../compare-model.ts';
import { formatSeconds } from '../format.ts';
import { measuredMsOf } from '../prediction-text.ts';
import { selectionOf } from '../state.ts';
import { byId, make } from './dom.ts';
import { drawNoise } from './draw-picture.ts';

export function bindPicture({ store }: AppContext): void {
  const empty = byId('picture-empty', HTMLElement);
  const caption = byId('picture-caption', HTMLElement);
  store.watch(({ finished, comparison }) => [finished, comparison !== null], (finished, isComparison) => {
    empty.hidden = finished !== null;
    caption.hidden = finished === null || isComparison;
    if (finished === null) return;
    const { recipe, result } = finished;
    caption.replaceChildren(
      make('span', { text: costName(finished) }),
      make('span', { text: `${formatSeconds(measuredMsOf(result.trace))} · seed ${recipe.seed}` }),
    );
  });
}

/** What the seed means: the very noise a run starts from, shown until there is a picture. */
export function bindNoise({ store }: AppContext): void {
  const canvas = byId('noise', HTMLCanvasElement);
  store.watch(({ manifest, draft, finished }) => [manifest, draft.seed, finished === null], (manifest, seed, isEmpty) => {
    if (manifest !== null && isEmpty) drawNoise(canvas, seed, manifest.latent);
  });
}

export function bindCompareButton(app: AppContext): void {
  const { store } = app;
  const button = byId('compare', HTMLButtonElement);
  const hint = byId('compare-hint', HTMLElement);
  button.addEventListener('click', () => void compare(app));
  store.watch(
    (state) => [state.run !== null, state.load.phase, selectionOf(state)?.choice.file ?? null, state.comparison !== null],
    (isRunning, phase, file, isComparison) => {
      button.disabled = isRunning || phase !== 'ready' || file === null;
      hint.hidden = isComparison;
      hint.textContent =
        file === null && phase === 'ready'
          ? 'To compare, choose a budget below the full run.'
          : 'Compare runs every step as well, from the same noise, and shows both.';
    },
  );
}
