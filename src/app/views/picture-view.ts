/** The pictures: the latest one, and beside it the full run's when they are compared. */
import type { AppContext } from '../app-context.ts';
import { compare } from '../compare-actions.ts';
import { formatPsnr, formatSeconds, formatSsim } from '../format.ts';
import type { Comparison, FinishedRun } from '../state.ts';
import { nfeOfChoice, selectionOf } from '../state.ts';
import { byId } from './dom.ts';
import { drawEnlarged, drawNoise } from './draw-picture.ts';

export function bindPicture(app: AppContext): void {
  const { store } = app;
  const canvas = byId('picture-canvas', HTMLCanvasElement);
  const empty = byId('picture-empty', HTMLElement);
  const caption = byId('picture-caption', HTMLElement);
  store.watch(({ finished }) => [finished], (finished) => {
    canvas.hidden = finished === null;
    empty.hidden = finished !== null;
    caption.textContent = finished === null ? '' : `${captionOf(finished)} · seed ${finished.recipe.seed}`;
    if (finished !== null) drawEnlarged(canvas, finished.result.picture);
  });
}

/** What the seed means: the very noise a run starts from, shown until there is a picture. */
export function bindNoise({ store }: AppContext): void {
  const canvas = byId('noise', HTMLCanvasElement);
  store.watch(({ manifest, draft, finished }) => [manifest, draft.seed, finished === null], (manifest, seed, isEmpty) => {
    if (manifest !== null && isEmpty) drawNoise(canvas, seed, manifest.latent);
  });
}

export function bindComparison(app: AppContext): void {
  const { store } = app;
  const button = byId('compare', HTMLButtonElement);
  const hint = byId('compare-hint', HTMLElement);
  button.addEventListener('click', () => void compare(app));
  store.watch((state) => [state.run !== null, state.load.phase, selectionOf(state)?.choice.file ?? null], (isRunning, phase, file) => {
    button.disabled = isRunning || phase !== 'ready' || file === null;
    hint.textContent =
      file === null && phase === 'ready'
        ? 'To compare, choose a budget below the full run.'
        : 'Compare runs every step as well, from the same noise, and shows both.';
  });

  const figure = byId('full-figure', HTMLElement);
  const canvas = byId('full-canvas', HTMLCanvasElement);
  const stage = byId('stage', HTMLElement);
  const scores = byId('scores', HTMLElement);
  store.watch(({ comparison }) => [comparison], (comparison) => {
    figure.hidden = comparison === null;
    scores.hidden = comparison === null;
    stage.classList.toggle('is-comparison', comparison !== null);
    if (comparison === null) return;
    drawEnlarged(canvas, comparison.full.result.picture);
    byId('full-caption', HTMLElement).textContent = captionOf(comparison.full);
    showScores(comparison);
  });
}

function showScores({ full, budgeted, psnrDb, ssim }: Comparison): void {
  byId('score-psnr', HTMLElement).textContent = formatPsnr(psnrDb);
  byId('score-ssim', HTMLElement).textContent = formatSsim(ssim);
  const ratio = full.result.trace.loopMs / budgeted.result.trace.loopMs;
  byId('score-time', HTMLElement).textContent = `${ratio.toFixed(1)} × faster`;
}

function captionOf({ recipe, result }: FinishedRun): string {
  const nfe = nfeOfChoice(recipe.choice.file, recipe.stepCount);
  const what = recipe.choice.file === null ? `Full run, ${recipe.stepCount} steps` : `${nfe} of ${recipe.stepCount} steps`;
  return `${what} · ${formatSeconds(result.trace.totalMs)}`;
}
