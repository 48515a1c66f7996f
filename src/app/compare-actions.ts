/** The full run against the budgeted one, from the same noise; what was already run is not run again. */
import { picturePsnrDb } from '../core/metrics/psnr.ts';
import { ssim } from '../core/metrics/ssim.ts';
import type { Outcome } from '../protocol/errors.ts';
import type { AppContext } from './app-context.ts';
import { FULL_RUN } from './budget-stops.ts';
import { formatPsnr, formatSsim } from './format.ts';
import { readyRecipe, reportRunFailure, runRecipe } from './run-actions.ts';
import type { Comparison, FinishedRun, Recipe } from './state.ts';

export async function compare(app: AppContext): Promise<void> {
  const recipe = readyRecipe(app);
  if (recipe === null || recipe.choice.file === null) return;
  app.store.set({ announcement: 'Comparing with the full run.' });
  const outcome = await compareRecipe(app, recipe);
  app.store.set({ run: null });
  if (!outcome.ok) {
    reportRunFailure(app, outcome.error);
    return;
  }
  const { psnrDb, ssim: similarity } = outcome.value;
  const announcement = `Compared: PSNR ${formatPsnr(psnrDb)}, SSIM ${formatSsim(similarity)}.`;
  app.store.set({ comparison: outcome.value, announcement });
}

async function compareRecipe(app: AppContext, recipe: Recipe): Promise<Outcome<Comparison>> {
  const { store } = app;
  const fullRecipe: Recipe = { ...recipe, choice: FULL_RUN };
  const kept = [store.get().finished, store.get().lastFullRun];
  const knownFull = findRun(kept, fullRecipe);
  const knownBudgeted = findRun(kept, recipe);
  const jobSteps = (knownFull === null ? recipe.stepCount : 0) + (knownBudgeted === null ? recipe.stepCount : 0);

  const budgeted = await knownOrRun(app, knownBudgeted, recipe, { jobSteps, jobStepsBefore: 0 });
  if (!budgeted.ok) return budgeted;
  // Shown at once: cancelling the full run must not cost the picture that is already there.
  store.set({ finished: budgeted.value, comparison: null });

  const full = await knownOrRun(app, knownFull, fullRecipe, { jobSteps, jobStepsBefore: jobSteps - recipe.stepCount });
  if (!full.ok) return full;
  store.set({ lastFullRun: full.value });

  const reference = full.value.result.picture;
  const candidate = budgeted.value.result.picture;
  const psnrDb = picturePsnrDb(reference, candidate);
  return {
    ok: true,
    value: { full: full.value, budgeted: budgeted.value, psnrDb, ssim: ssim(reference, candidate) },
  };
}

const knownOrRun = async (
  app: AppContext,
  known: FinishedRun | null,
  recipe: Recipe,
  job: Parameters<typeof runRecipe>[2],
): Promise<Outcome<FinishedRun>> => (known === null ? runRecipe(app, recipe, job) : { ok: true, value: known });

/** A finished run of exactly this recipe. */
function findRun(runs: readonly (FinishedRun | null)[], recipe: Recipe): FinishedRun | null {
  return runs.find((run) => run !== null && isSameRecipe(run.recipe, recipe)) ?? null;
}

const isSameRecipe = (a: Recipe, b: Recipe): boolean =>
  a.modelId === b.modelId &&
  a.prompt === b.prompt &&
  a.seed === b.seed &&
  a.guidanceScale === b.guidanceScale &&
  a.stepCount === b.stepCount &&
  a.choice.policyId === b.choice.policyId;
