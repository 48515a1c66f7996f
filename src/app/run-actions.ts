/** One picture from a recipe: the run, its live state, its cancellation. */
import type { RunEvent } from '../protocol/engine.ts';
import type { Outcome } from '../protocol/errors.ts';
import type { AppContext } from './app-context.ts';
import { addNotice, dismissNotice, reportFailure } from './app-context.ts';
import { formatSeconds } from './format.ts';
import { keepPicture } from './gallery-actions.ts';
import { newRunId } from './run-id.ts';
import type { FinishedRun, Recipe, RunInProgress } from './state.ts';
import { nfeOfChoice, predictedMsOf, recipeOf } from './state.ts';

const RUN_NOTICE = 'run';
export const CANCELLED_TEXT = 'Cancelled. Earlier pictures are kept.';

/** The recipe on the page; null, and the reason shown, when it cannot be run. */
export function readyRecipe(app: AppContext): Recipe | null {
  const recipe = recipeOf(app.store.get());
  if (recipe === null || app.store.get().run !== null) return null;
  dismissNotice(app, RUN_NOTICE);
  if (recipe.prompt !== '') return recipe;
  addNotice(app, {
    key: RUN_NOTICE,
    kind: 'error',
    text: 'There is nothing to draw yet: write a prompt, or pick one of the examples.',
    code: 'request-invalid',
    detail: null,
  });
  return null;
}

export async function generate(app: AppContext): Promise<void> {
  const recipe = readyRecipe(app);
  if (recipe === null) return;
  app.store.set({ announcement: 'Generating.' });
  const finished = await runRecipe(app, recipe, { jobSteps: recipe.stepCount, jobStepsBefore: 0 });
  app.store.set({ run: null });
  if (!finished.ok) {
    reportRunFailure(app, finished.error);
    return;
  }
  const seconds = formatSeconds(finished.value.result.trace.totalMs);
  app.store.set({ finished: finished.value, comparison: null, announcement: `The picture is ready after ${seconds}.` });
}

/** A cancelled run is what the person asked for: said, but no error. */
export function reportRunFailure(app: AppContext, failure: Parameters<typeof reportFailure>[2]): void {
  if (failure.code === 'cancelled') app.store.set({ wasCancelled: true, announcement: CANCELLED_TEXT });
  else reportFailure(app, RUN_NOTICE, failure);
}

/** Runs and keeps `state.run` up to date from the engine's events; the caller ends the job by clearing it. */
export async function runRecipe(
  app: AppContext,
  recipe: Recipe,
  job: Pick<RunInProgress, 'jobSteps' | 'jobStepsBefore'>,
): Promise<Outcome<FinishedRun>> {
  const { store, engine } = app;
  const runId = newRunId();
  const { file } = recipe.choice;
  const predictedMs = predictedMsOf(store.get().costs, nfeOfChoice(file, recipe.stepCount), recipe.stepCount);
  store.set({ wasCancelled: false, run: { runId, recipe, stage: 'waiting', steps: [], isCancelling: false, ...job } });
  const outcome = await engine.generate(
    {
      runId,
      prompt: recipe.prompt,
      seed: recipe.seed,
      guidanceScale: recipe.guidanceScale,
      stepCount: recipe.stepCount,
      policy: file,
    },
    (event) => {
      const { run } = store.get();
      if (run?.runId === runId) store.set({ run: afterEvent(run, event) });
    },
  );
  if (!outcome.ok) return outcome;
  const finished: FinishedRun = { recipe, result: outcome.value, predictedMs };
  void keepPicture(app, finished);
  return { ok: true, value: finished };
}

/** Moves on real events only: a step counts when the engine says that it is done. */
function afterEvent(run: RunInProgress, event: RunEvent): RunInProgress {
  if (event.kind === 'stage') return { ...run, stage: event.stage };
  return { ...run, stage: 'denoise', steps: [...run.steps, event.step] };
}

export async function cancelRun({ store, engine }: AppContext): Promise<void> {
  const { run } = store.get();
  if (run === null || run.isCancelling) return;
  store.set({ run: { ...run, isCancelling: true } });
  await engine.cancel(run.runId);
}
