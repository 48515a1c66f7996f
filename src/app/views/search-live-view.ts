/** A search as it goes: where it stands, the current and the best mask, and the way to pause, go on or stop. */
import { mostRealRuns } from '../../core/search/page-plan.ts';
import type { PageSearchPhase, ShownMask } from '../../core/search/page-search-types.ts';
import type { AppContext } from '../app-context.ts';
import { formatSeconds } from '../format.ts';
import { continueSearch, pauseSearch, stopSearch } from '../search-actions.ts';
import type { SearchState } from '../search-state.ts';
import { byId } from './dom.ts';
import { showMask } from './mask-strip.ts';

const PHASES: Readonly<Record<PageSearchPhase, string>> = {
  teach: 'Full runs, to learn what each reuse costs',
  proxy: 'Annealing without the model',
  start: 'Real runs of the best candidates',
  surrogate: 'Running what the runs so far recommend',
  probe: 'Real runs, to set the temperature',
  anneal: 'Annealing by real runs',
  climb: 'Real runs of neighbours',
  arbitrate: 'Finalists on pairs they were not searched on',
  fit: 'Fitting what forms the skipped steps',
  compare: 'Comparison on pairs nothing was chosen by',
};

export function bindSearchLive(app: AppContext): void {
  const { store } = app;
  const live = byId('search-live', HTMLElement);
  const pause = byId('search-pause', HTMLButtonElement);
  const stop = byId('search-stop', HTMLButtonElement);
  pause.addEventListener('click', () => {
    if (store.get().search.activity === 'running') pauseSearch(app);
    else void continueSearch(app);
  });
  stop.addEventListener('click', () => void stopSearch(app));
  store.watch(({ search, load }) => [search, load.phase], (search, phase) => {
    live.hidden = search.activity === 'none';
    if (live.hidden) return;
    pause.textContent = search.activity === 'paused' ? 'Continue search' : 'Pause search';
    pause.disabled = search.activity === 'stopping' || (search.activity === 'paused' && phase !== 'ready');
    stop.disabled = search.activity === 'stopping';
    showProgress(search);
  });
}

function showProgress({ record, activity, progress }: SearchState): void {
  if (record === null) return;
  const { stepCount, nfe } = record.plan;
  byId('search-phase', HTMLElement).textContent = phaseText(activity, progress?.phase ?? null);
  const most = mostRealRuns(record.plan, record.rival !== null);
  const bar = byId('search-bar', HTMLProgressElement);
  bar.max = most;
  bar.value = progress?.realRuns ?? 0;
  bar.hidden = progress === null;

  showMask(byId('search-current', HTMLElement), progress?.current?.mask ?? null, stepCount, 'Current mask');
  showMask(byId('search-best', HTMLElement), progress?.best?.mask ?? null, stepCount, 'Best mask');
  byId('search-masks', HTMLElement).hidden = progress === null;
  byId('search-current-db', HTMLElement).textContent = objectiveText(progress?.current ?? null);
  byId('search-best-db', HTMLElement).textContent = objectiveText(progress?.best ?? null);

  const temperature = progress?.temperatureDb ?? null;
  byId('search-temperature', HTMLElement).textContent = temperature === null ? '–' : `${temperature.toPrecision(2)} dB`;
  byId('search-tried', HTMLElement).textContent = (progress?.masksTried ?? 0).toLocaleString('en');
  byId('search-runs', HTMLElement).textContent = progress === null ? '–' : `${progress.realRuns} of at most ${most}`;
  const leftMs = record.expectedMs - record.spentMs;
  byId('search-left', HTMLElement).textContent = leftMs > 0 ? `at most ${formatSeconds(leftMs)}` : 'longer than planned';
  byId('search-budget', HTMLElement).textContent = `${nfe} of ${stepCount} steps`;
}

function phaseText(activity: SearchState['activity'], phase: PageSearchPhase | null): string {
  if (activity === 'paused') return 'The search is paused. What it has learned is kept in this browser, even when the page is closed.';
  if (activity === 'stopping') return 'Ending after this call…';
  return phase === null ? 'Starting…' : `${PHASES[phase]}…`;
}

const objectiveText = (shown: ShownMask | null): string =>
  shown === null || !Number.isFinite(shown.psnrDb) ? '' : `${shown.psnrDb.toFixed(1)} dB${shown.isEstimate ? ', estimated' : ''}`;
