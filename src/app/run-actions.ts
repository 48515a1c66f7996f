/** One picture from a recipe: the run, its live state, its cancellation. */
import type { RunEvent } from '../protocol/engine.ts';
import type { Outcome } from '../protocol/errors.ts';
import type { AppContext } from './app-context.ts';
import { addNotice, dismissNotice, reportFailure } from './app-context.ts';
import { predictedChoiceMs } from './budget-seconds.ts';
import { followBackend } from './cost-actions.ts';
import { createFrameBatch } from './frame-batch.ts';
import { keepPicture } from './gallery-actions.ts';
import { newRunId } from './run-id.ts';
import type { FinishedRun, Recipe, RunInProgress } from './state.ts';
import { recipeOf } from './state.ts';

const RUN_NOTICE = 'run';
export const CANCELLED_TEXT = 'Cancelled. Earlier pictures are kept.';

/** As `askedRecipe`, where nothing runs. */
export const readyRecipe = (app: AppContext): Recipe | null => (app.store.get().run === null ? askedRecipe(app) : null);

/** The recipe on the page; null, and the reason shown, when it cannot be run. */
export function askedRecipe(app: AppContext): Recipe | null {
  const recipe = recipeOf(app.store.get());
  if (recipe === null) return null;
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

/** A cancelled run is what the person asked for: said, but no error. */
export function reportRunFailure(app: AppContext, failure: Parameters<typeof reportFailure>[2]): void {
  if (failure.code === 'cancelled') app.store.set({ wasCancelled: true, announcement: CANCELLED_TEXT });
  else reportFailure(app, RUN_NOTICE, failure);
}

export type JobPart = Pick<RunInProgress, 'jobSteps' | 'jobStepsBefore' | 'part'>;

/** Runs and keeps `state.run` up to date from the engine's events; the caller ends the job by clearing it. */
export async function runRecipe(app: AppContext, recipe: Recipe, job: JobPart): Promise<Outcome<FinishedRun>> {
  // With the latents, which place it on the curve when it is compared with its full run.
  const outcome = await runUnkept(app, recipe, job, true);
  if (outcome.ok) void keepPicture(app, outcome.value);
  return outcome;
}

/** As `runRecipe`, for a run whose picture nobody asked for: the gallery does not get it. */
export async function runUnkept(app: AppContext, recipe: Recipe, job: JobPart, keepLatents = false): Promise<Outcome<FinishedRun>> {
  const { store, engine } = app;
  const runId = newRunId();
  const { file } = recipe.choice;
  const { costs } = store.get();
  const predictedMs = costs === null ? null : predictedChoiceMs(costs, recipe.choice, recipe.stepCount);
  store.set({ wasCancelled: false, run: { runId, recipe, stage: 'waiting', steps: [], isCancelling: false, ...job } });
  const events = createFrameBatch<RunEvent>((batch) => {
    const { run } = store.get();
    if (run?.runId === runId) store.set({ run: batch.reduce(afterEvent, run) });
  });
  const outcome = await engine.generate(
    {
      runId,
      prompt: recipe.prompt,
      negativePrompt: recipe.negativePrompt,
      seed: recipe.seed,
      guidanceScale: recipe.guidanceScale,
      stepCount: recipe.stepCount,
      policy: file,
      preview: store.get().livePreviews,
      keepLatents,
    },
    (event) => {
      events.add(event);
      if (event.kind === 'backend') followBackend(app, event.backend);
    },
  );
  events.end();
  if (!outcome.ok) return outcome;
  return { ok: true, value: { recipe, result: outcome.value, predictedMs } };
}

/** Moves on real events only: a step counts when the engine says that it is done. */
function afterEvent(run: RunInProgress, event: RunEvent): RunInProgress {
  if (event.kind === 'stage') return { ...run, stage: event.stage };
  if (event.kind === 'backend') return run;
  if (event.kind === 'preview') return { ...run, preview: event.picture };
  return { ...run, stage: 'denoise', steps: [...run.steps, ...event.steps] };
}

export async function cancelRun({ store, engine }: AppContext): Promise<void> {
  const { run } = store.get();
  if (run === null || run.isCancelling) return;
  store.set({ run: { ...run, isCancelling: true } });
  await engine.cancel(run.runId);
}
