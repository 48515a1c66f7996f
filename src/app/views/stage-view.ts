/** What is going on, on the picture itself. The same is said aloud elsewhere, so this is for the eye only. */
import type { AppContext } from '../app-context.ts';
import { formatStepMs } from '../format.ts';
import type { RunInProgress } from '../state.ts';
import { byId } from './dom.ts';

export function bindStage({ store }: AppContext): void {
  bringIntoSight(store);
  tellOffline();
  const stage = byId('stage', HTMLElement);
  const status = byId('stage-status', HTMLElement);
  store.watch(({ run, finished }) => [run, finished !== null], (run, hasPicture) => {
    stage.classList.toggle('is-running', run !== null);
    // What is seen is then not yet what was asked for.
    stage.classList.toggle('is-outdated', run !== null && hasPicture);
    status.hidden = run === null;
    if (run !== null) status.textContent = statusOf(run);
  });
}

/** On a small screen a finished picture may lie below what is seen of the page. */
function bringIntoSight(store: AppContext['store']): void {
  const viewport = byId('viewport', HTMLElement);
  let wasRunning = false;
  store.watch(({ run, finished }) => [run !== null, finished], (isRunning, finished) => {
    const hasEnded = wasRunning && !isRunning;
    wasRunning = isRunning;
    const { top, bottom } = viewport.getBoundingClientRect();
    if (hasEnded && finished !== null && (top > innerHeight * 0.8 || bottom < 0)) {
      const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
      viewport.scrollIntoView({ block: 'center', behavior: isCalm ? 'instant' : 'smooth' });
    }
  });
}

/** Everything that was here goes on; only what is not here cannot come. */
function tellOffline(): void {
  const note = byId('offline', HTMLElement);
  const show = (): void => {
    note.textContent = navigator.onLine ? '' : 'Offline';
  };
  addEventListener('online', show);
  addEventListener('offline', show);
  show();
}

function statusOf({ stage, steps, recipe }: RunInProgress): string {
  const last = steps.at(-1);
  if (stage === 'decode') return 'Decoding';
  if (stage !== 'denoise') return stage === 'text' ? 'Reading the prompt' : 'Waiting';
  if (last === undefined) return `Step 1 of ${recipe.stepCount}`;
  const what = last.decision === 'compute' ? 'computed' : 'reused';
  return `Step ${last.stepIndex + 1} of ${recipe.stepCount} ${what} · ${formatStepMs(last.ms)} ms`;
}
