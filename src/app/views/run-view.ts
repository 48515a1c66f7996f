/** Generate and Cancel, the progress of the run, and what it took. */
import type { AppContext } from '../app-context.ts';
import { describeMeasured, measuredMsOf } from '../prediction-text.ts';
import { generate } from '../queue-actions.ts';
import { CANCELLED_TEXT, cancelRun } from '../run-actions.ts';
import type { AppState, RunInProgress } from '../state.ts';
import { byId } from './dom.ts';

export function bindRun(app: AppContext): void {
  const button = byId('generate', HTMLButtonElement);
  byId('controls', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    if (app.store.get().run !== null) return;
    void generate(app);
    if (app.store.get().run !== null) bringStageIntoView();
  });
  // One button for both, so that the focus stays; the second click of a double click does not cancel.
  button.addEventListener('click', (event) => {
    if (app.store.get().run === null) return;
    event.preventDefault();
    if (event.detail < 2) void cancelRun(app);
  });

  const progress = byId('progress', HTMLProgressElement);
  app.store.watch(({ run, load, stops }) => [run, load.phase, stops], (run, phase, stops) => {
    button.textContent = run === null ? 'Generate' : 'Cancel';
    button.disabled = run === null ? phase !== 'ready' || stops.length === 0 : run.isCancelling;
    button.classList.toggle('is-cancel', run !== null);
    progress.max = run?.jobSteps ?? 1;
    progress.value = run === null ? 0 : run.jobStepsBefore + run.steps.length;
  });
  const text = byId('run-text', HTMLElement);
  app.store.watch(
    ({ run, load, finished, wasCancelled, isMeasuring }) => [run, load, finished, wasCancelled, isMeasuring],
    (run, _load, _finished, _wasCancelled, isMeasuring) => {
      text.textContent = run === null ? idleText(app.store.get()) : runText(run, isMeasuring);
    },
  );
}

/** On a phone the picture lies below the settings: whoever starts a run sees it come. */
function bringStageIntoView(): void {
  const behavior = matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth';
  byId('viewport', HTMLElement).scrollIntoView({ block: 'nearest', behavior });
}

function idleText({ finished, wasCancelled, load: { phase } }: AppState): string {
  if (wasCancelled) return CANCELLED_TEXT;
  if (finished !== null) return `Took ${describeMeasured(measuredMsOf(finished.result.trace), finished.predictedMs)}.`;
  if (phase === 'loading') return 'Waiting for the model…';
  if (phase === 'paused') return 'The model’s download is paused.';
  return phase === 'failed' ? 'The model could not be loaded.' : 'Ready.';
}

function runText(run: RunInProgress, isMeasuring: boolean): string {
  if (run.isCancelling) return 'Cancelling after this step…';
  const text = stageText(run, isMeasuring);
  if (run.part !== undefined) return `${run.part}: ${text}`;
  const isComparison = run.jobSteps > run.recipe.stepCount || run.jobStepsBefore > 0;
  if (!isComparison) return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return `${run.recipe.choice.file === null ? 'Full run' : 'Budgeted run'}: ${text}`;
}

function stageText(run: RunInProgress, isMeasuring: boolean): string {
  switch (run.stage) {
    case 'waiting':
      return isMeasuring ? 'stopping the measurement…' : 'starting…';
    case 'other-tab':
      return 'waiting for a run in another tab…';
    case 'text':
      return 'reading the prompt…';
    case 'denoise':
      return `step ${run.steps.length} of ${run.recipe.stepCount} done.`;
    case 'decode':
      return 'decoding the picture…';
  }
}
