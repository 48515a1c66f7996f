/** Two pictures held against each other. The full run is made where it is missing, from the same noise. */
import type { Outcome } from '../protocol/errors.ts';
import type { AppContext } from './app-context.ts';
import { reportFailure } from './app-context.ts';
import { createMetricsClient } from './compare-metrics.ts';
import { isSameSize } from './compare-model.ts';
import { formatFlip, formatPsnr, formatSsim } from './format.ts';
import { loadPicture } from './gallery-actions.ts';
import { galleryIdOf } from './gallery-run.ts';
import { readyRecipe, reportRunFailure, runRecipe } from './run-actions.ts';
import type { FinishedRun, Recipe } from './state.ts';
import { fullRecipeOf } from './state.ts';

const NOTICE = 'compare';
const metrics = createMetricsClient();

/** The recipe on the page, budgeted against its full run; what was already run is not run again. */
export async function compare(app: AppContext): Promise<void> {
  const recipe = readyRecipe(app);
  if (recipe === null || recipe.choice.file === null) return;
  app.store.set({ announcement: 'Comparing with the full run.' });
  const pair = await runPair(app, recipe);
  app.store.set({ run: null });
  if (pair.ok) await compareRuns(app, pair.value.full, pair.value.budgeted);
  else reportRunFailure(app, pair.error);
}

/** Any two pictures, the first as the reference. */
export async function compareRuns({ store }: AppContext, reference: FinishedRun, candidate: FinishedRun): Promise<void> {
  const [a, b] = [reference.result.picture, candidate.result.picture];
  const comparison = { reference, candidate, scores: null };
  const isStale = (): boolean => {
    const { comparison: shown } = store.get();
    return shown?.reference !== reference || shown.candidate !== candidate;
  };
  if (!isSameSize(a, b)) {
    const problem = `${a.width} × ${a.height} and ${b.width} × ${b.height} pixels: pictures of two sizes have no scores.`;
    store.set({ comparison: { ...comparison, problem }, announcement: problem });
    return;
  }
  store.set({ comparison: { ...comparison, problem: null } });
  const scores = await metrics.compare(a, b);
  // Another pair may be on the stage by now.
  if (isStale()) return;
  if (!scores.ok) {
    store.set({ comparison: { ...comparison, problem: `They could not be measured: ${scores.error.message}` } });
    return;
  }
  const { psnrDb, ssim, meanFlip } = scores.value;
  const announcement = `Compared: PSNR ${formatPsnr(psnrDb)}, SSIM ${formatSsim(ssim)}, FLIP ${formatFlip(meanFlip)}.`;
  store.set({ comparison: { ...comparison, scores: scores.value, problem: null }, announcement });
}

/** Puts a picture of the gallery in one place of the comparison; the other keeps its own. */
export async function compareWithPicture(app: AppContext, place: 'reference' | 'candidate', id: string): Promise<void> {
  const { comparison, finished } = app.store.get();
  const other = comparison?.[place === 'reference' ? 'candidate' : 'reference'] ?? finished;
  const loaded = galleryIdOf(other) === id && other !== null ? { ok: true as const, value: other } : await loadPicture(app, id);
  if (!loaded.ok) {
    reportFailure(app, NOTICE, loaded.error);
    return;
  }
  const [reference, candidate] = place === 'reference' ? [loaded.value, other ?? loaded.value] : [other ?? loaded.value, loaded.value];
  await compareRuns(app, reference, candidate);
}

interface Pair {
  readonly full: FinishedRun;
  readonly budgeted: FinishedRun;
}

async function runPair(app: AppContext, recipe: Recipe): Promise<Outcome<Pair>> {
  const { store } = app;
  const fullRecipe = fullRecipeOf(store.get(), recipe);
  const kept = [store.get().finished, store.get().lastFullRun];
  const knownFull = findRun(kept, fullRecipe);
  const knownBudgeted = findRun(kept, recipe);
  const jobSteps = (knownFull === null ? fullRecipe.stepCount : 0) + (knownBudgeted === null ? recipe.stepCount : 0);

  const budgeted = await knownOrRun(app, knownBudgeted, recipe, { jobSteps, jobStepsBefore: 0 });
  if (!budgeted.ok) return budgeted;
  // Shown at once: cancelling the full run must not cost the picture that is already there.
  store.set({ finished: budgeted.value, comparison: null });

  const full = await knownOrRun(app, knownFull, fullRecipe, { jobSteps, jobStepsBefore: jobSteps - fullRecipe.stepCount });
  if (!full.ok) return full;
  store.set({ lastFullRun: full.value });
  return { ok: true, value: { full: full.value, budgeted: budgeted.value } };
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
  a.negativePrompt === b.negativePrompt &&
  a.seed === b.seed &&
  a.guidanceScale === b.guidanceScale &&
  a.stepCount === b.stepCount &&
  a.choice.policyId === b.choice.policyId;
