/** Where a search is asked for: budget, effort, what to calibrate on, and what that will be spent on. */
import type { AppContext } from '../app-context.ts';
import { formatSeconds } from '../format.ts';
import type { SearchSettings } from '../search-actions.ts';
import { ownPrompts, planFor, searchedSteps, startSearch } from '../search-actions.ts';
import type { AppState } from '../state.ts';
import { selectionOf } from '../state.ts';
import { byId } from './dom.ts';

/** The plan does not depend on it. */
const ANY_SEED = 0;

export function bindSearch(app: AppContext): void {
  const { store } = app;
  const open = byId('search-policies', HTMLButtonElement);
  const panel = byId('search-panel', HTMLElement);
  const show = (isOpen: boolean): void => {
    panel.hidden = !isOpen;
    open.ariaExpanded = String(isOpen);
  };
  open.addEventListener('click', () => show(panel.hidden !== false));
  // A search that stands, runs or has ended is not to be looked for.
  store.watch(({ search }) => [search.activity, search.record?.outcome ?? null], (activity, outcome) => {
    if (activity !== 'none' || outcome !== null) show(true);
  });

  const form = byId('search-form', HTMLFormElement);
  const nfe = byId('search-nfe', HTMLInputElement);
  const start = byId('search-start', HTMLButtonElement);
  let nfeIsChosen = false;
  nfe.addEventListener('input', () => {
    nfeIsChosen = true;
  });
  const showPlan = (): void => {
    const state = store.get();
    const settings = settingsOf(state);
    byId('search-plan', HTMLElement).textContent = planText(state, settings);
    start.disabled = settings === null || planFor(state, settings, ANY_SEED) === null || state.search.activity !== 'none';
  };
  form.addEventListener('input', showPlan);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const settings = settingsOf(store.get());
    if (settings !== null && !start.disabled) void startSearch(app, settings);
  });

  store.watch(
    (state) => [selectionOf(state)?.stop.nfe ?? null, state.manifest, state.draft, state.costs, state.gallery.items, state.library, state.search.activity],
    () => {
      const state = store.get();
      const { manifest } = state;
      const selected = selectionOf(state)?.stop.nfe ?? null;
      if (manifest !== null) {
        const stepCount = searchedSteps(state, manifest);
        nfe.max = String(stepCount - 1);
        if (!nfeIsChosen && selected !== null) nfe.value = String(Math.min(selected, stepCount - 1));
        showSources(state);
      }
      showPlan();
    },
  );
  store.watch(({ search }) => [search.activity], (activity) => {
    byId('search-fields', HTMLFieldSetElement).disabled = activity !== 'none';
  });
}

function showSources(state: AppState): void {
  const own = ownPrompts(state).length;
  const examples = state.manifest?.vocabulary.examples.length ?? 0;
  byId('search-source-own', HTMLOptionElement).textContent = `Your own (${own})`;
  byId('search-source-examples', HTMLOptionElement).textContent = `The examples (${examples})`;
}

/** Null where a field holds nothing that can be searched with. */
function settingsOf(state: AppState): SearchSettings | null {
  const nfe = byId('search-nfe', HTMLInputElement).valueAsNumber;
  const seconds = byId('search-effort', HTMLInputElement).valueAsNumber;
  const pairs = byId('search-pairs', HTMLInputElement).valueAsNumber;
  const source = byId('search-source', HTMLSelectElement).value;
  const most = state.manifest === null ? 0 : searchedSteps(state, state.manifest) - 1;
  const areWhole = Number.isInteger(nfe) && Number.isInteger(pairs);
  if (!areWhole || nfe < 2 || nfe > most || pairs < 1 || pairs > 16 || !(seconds >= 5 && seconds <= 36_000)) return null;
  return { nfe, effortMs: seconds * 1000, calibrationPairs: pairs, promptSource: source === 'examples' ? 'examples' : 'own' };
}

function planText(state: AppState, settings: SearchSettings | null): string {
  if (state.manifest === null) return 'Waiting for the model.';
  if (settings === null) return `Give 2 to ${searchedSteps(state, state.manifest) - 1} computed steps, at least 5 seconds and 1 to 16 pairs.`;
  const planned = planFor(state, settings, ANY_SEED);
  if (planned === null) return 'This machine has to be measured first; that takes a moment.';
  const { pairs, maxEvaluations, annealing } = planned.plan;
  const masks = annealing.chains * annealing.segmentsPerChain * annealing.masksPerSegment;
  const fewer = pairs.calibration < settings.calibrationPairs ? ` Your seconds pay for ${pairs.calibration} of the ${settings.calibrationPairs} pairs.` : '';
  const longer = planned.expectedMs > 1.05 * settings.effortMs ? ' No search is shorter.' : '';
  return (
    `About ${formatSeconds(planned.expectedMs)} at most: ${masks.toLocaleString('en')} masks tried without the model, ` +
    `${maxEvaluations} real runs on ${pairs.calibration} + ${pairs.validation} pairs, then a comparison on ${pairs.comparison} others.${fewer}${longer}`
  );
}
