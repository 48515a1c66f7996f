/** Jobs one after the other: what Generate asks for runs at once, what is asked for meanwhile waits its turn. */
import type { AppContext } from './app-context.ts';
import { formatSeconds } from './format.ts';
import type { GridCell, SeedGrid } from './grid-state.ts';
import { gridOf, withCell, withRestCancelled } from './grid-state.ts';
import { measuredMsOf } from './prediction-text.ts';
import type { Job } from './queue-state.ts';
import { describeJob, jobOf, stepsOfJob } from './queue-state.ts';
import { newRunId } from './run-id.ts';
import { askedRecipe, CANCELLED_TEXT, reportRunFailure, runRecipe } from './run-actions.ts';
import type { FinishedRun } from './state.ts';

/** Far more than anyone waits for; keeps a stuck key from filling the queue. */
export const MAX_QUEUED_JOBS = 50;

/** What the page asks for now; null, and the reason shown, when it cannot be run. */
function askedJob(app: AppContext): Job | null {
  const recipe = askedRecipe(app);
  return recipe === null ? null : jobOf(newRunId(), recipe, app.store.get().draft.pictureCount);
}

export async function generate(app: AppContext): Promise<void> {
  if (app.store.get().run !== null) return;
  const job = askedJob(app);
  if (job !== null) await runJob(app, job);
}

/** As `generate`, behind whatever runs and waits. */
export async function enqueue(app: AppContext): Promise<void> {
  const { run, queue } = app.store.get();
  if (run === null) return generate(app);
  if (queue.length >= MAX_QUEUED_JOBS) {
    app.store.set({ announcement: `The queue is full: ${MAX_QUEUED_JOBS} jobs wait.` });
    return;
  }
  const job = askedJob(app);
  if (job !== null) app.store.set({ queue: [...queue, job], announcement: `In the queue: ${describeJob(job)}.` });
}

export function removeJob({ store }: AppContext, id: string): void {
  store.set({ queue: store.get().queue.filter((job) => job.id !== id), announcement: 'Removed from the queue.' });
}

export function clearQueue({ store }: AppContext): void {
  store.set({ queue: [], announcement: 'The queue is empty.' });
}

/** Starts what waits as soon as nothing runs. */
export function startQueue(app: AppContext): void {
  app.store.watch(
    ({ run, queue, load }) => [run === null, queue[0] ?? null, load.phase],
    (isFree, next, phase) => {
      // Later, so that whoever ended a run can first say how it went.
      if (isFree && next !== null && phase === 'ready') queueMicrotask(() => startNext(app));
    },
  );
}

function startNext(app: AppContext): void {
  const { run, queue, load } = app.store.get();
  const [job, ...others] = queue;
  if (job === undefined || run !== null || load.phase !== 'ready') return;
  app.store.set({ queue: others });
  void runJob(app, job);
}

async function runJob(app: AppContext, job: Job): Promise<void> {
  const { store } = app;
  const { recipes } = job;
  const jobSteps = stepsOfJob(job);
  store.set({ grid: gridOf(job), announcement: 'Generating.' });
  let jobStepsBefore = 0;
  for (const [index, recipe] of recipes.entries()) {
    changeCell(app, job, index, { status: 'running' });
    const part = recipes.length === 1 ? {} : { part: `Picture ${index + 1} of ${recipes.length}` };
    const outcome = await runRecipe(app, recipe, { jobSteps, jobStepsBefore, ...part });
    jobStepsBefore += recipe.stepCount;
    if (outcome.ok) {
      changeCell(app, job, index, { status: 'done', run: outcome.value });
      showFinished(app, outcome.value, job, index);
    } else {
      changeCell(app, job, index, { status: outcome.error.code === 'cancelled' ? 'cancelled' : 'failed' });
      reportRunFailure(app, outcome.error);
    }
    // Cancel can also come when its run is just done: then it is for the rest.
    const isCancelled = store.get().run?.isCancelling === true || (!outcome.ok && outcome.error.code === 'cancelled');
    if (isCancelled) {
      if (index < recipes.length - 1) store.set({ wasCancelled: true, announcement: CANCELLED_TEXT });
      break;
    }
  }
  changeGrid(app, job, withRestCancelled);
  store.set({ run: null });
}

function showFinished({ store }: AppContext, finished: FinishedRun, { recipes }: Job, index: number): void {
  const { unknownWords, trace } = finished.result;
  const seconds = formatSeconds(measuredMsOf(trace));
  const what = recipes.length === 1 ? 'The picture' : `Picture ${index + 1} of ${recipes.length}`;
  const unknown = unknownWords.length === 0 ? '' : ` The model never learned ${unknownWords.join(', ')}.`;
  const announcement = `${what} is ready after ${seconds}.${unknown}`;
  const isPicked = store.get().grid?.isPicked === true;
  // Compare need not make it again.
  const lastFullRun = finished.recipe.choice.file === null ? { lastFullRun: finished } : {};
  store.set({ announcement, ...lastFullRun, ...(!isPicked && { finished, comparison: null }) });
}

/** Puts a done picture of the grid on the stage. */
export function showCell({ store }: AppContext, index: number): void {
  const { grid } = store.get();
  const run = grid?.cells[index]?.run ?? null;
  if (grid !== null && run !== null) store.set({ grid: { ...grid, isPicked: true }, finished: run, comparison: null });
}

const changeCell = (app: AppContext, job: Job, index: number, change: Partial<GridCell>): void =>
  changeGrid(app, job, (grid) => withCell(grid, index, change));

/** Only while the grid is still this job's. */
function changeGrid({ store }: AppContext, job: Job, change: (grid: SeedGrid) => SeedGrid): void {
  const { grid } = store.get();
  if (grid !== null && grid.jobId === job.id) store.set({ grid: change(grid) });
}
