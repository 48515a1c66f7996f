/**
 * The budget: a slider over the number of computed steps that stops only where there is a policy, and what
 * the chosen one will take on this machine. Its places are true to scale, so distance is cost.
 */
import type { AppContext } from '../app-context.ts';
import type { BudgetStop } from '../budget-stops.ts';
import { nearestStop, neighbourStop } from '../budget-stops.ts';
import { editDraft } from '../draft-actions.ts';
import { describePrediction, predictionHeadline } from '../prediction-text.ts';
import { selectionOf } from '../state.ts';
import { byId, make } from './dom.ts';

/** How many stops each key moves; Infinity goes to the end. */
const KEY_PLACES: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  PageUp: 1,
  End: Infinity,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageDown: -1,
  Home: -Infinity,
};

export function bindBudget(app: AppContext): void {
  const slider = byId('budget', HTMLInputElement);
  const choose = ({ nfe }: BudgetStop): void => {
    // Set even if the budget stays: the browser has already moved the thumb between stops.
    slider.value = String(nfe);
    if (nfe !== selectionOf(app.store.get())?.stop.nfe) editDraft(app, { budget: nfe, policyId: null });
  };

  slider.addEventListener('input', () => {
    const { stops } = app.store.get();
    if (stops.length > 0) choose(nearestStop(stops, slider.valueAsNumber));
  });
  slider.addEventListener('keydown', (event) => {
    const places = KEY_PLACES[event.key];
    const { stops } = app.store.get();
    const selection = selectionOf(app.store.get());
    if (places === undefined || selection === null) return;
    event.preventDefault();
    choose(neighbourStop(stops, selection.stop.nfe, places));
  });

  app.store.watch(({ stops }) => [stops], (stops) => showStops(slider, stops));
  bindLimit(app);

  const prediction = byId('budget-prediction', HTMLElement);
  const text = byId('budget-text', HTMLElement);
  app.store.watch(
    ({ stops, draft, manifest, costs, isMeasuring }) => [stops, draft, manifest, costs, isMeasuring],
    (_stops, { budgetSeconds }, _manifest, costs, isMeasuring) => {
      const selection = selectionOf(app.store.get());
      if (selection === null) return;
      const { nfe } = selection.stop;
      slider.value = String(nfe);
      slider.style.setProperty('--fill', String(placeOf(slider, nfe)));
      prediction.textContent = predictionHeadline(costs, selection);
      text.textContent = describePrediction(selection, { costs, isMeasuring, budgetSeconds });
      slider.setAttribute('aria-valuetext', `${nfe} of ${selection.stepCount} steps computed, ${prediction.textContent}`);
    },
  );
}

/** Seconds in place of steps: empty is no limit. */
function bindLimit(app: AppContext): void {
  const input = byId('budget-seconds', HTMLInputElement);
  const usable = (): number | null => (input.valueAsNumber > 0 && Number.isFinite(input.valueAsNumber) ? input.valueAsNumber : null);
  input.addEventListener('input', () => editDraft(app, { budgetSeconds: usable() }));
  input.addEventListener('change', () => {
    if (usable() === null) input.value = '';
  });
  app.store.watch(({ draft, stops }) => [draft.budgetSeconds, stops.length > 0], (seconds, isKnown) => {
    input.disabled = !isKnown;
    if (usable() !== seconds) input.value = seconds === null ? '' : String(seconds);
  });
}

function showStops(slider: HTMLInputElement, stops: readonly BudgetStop[]): void {
  const first = stops[0]?.nfe ?? 0;
  const last = stops.at(-1)?.nfe ?? 1;
  // A single stop sits at the right end: the whole run.
  slider.min = String(Math.min(first, last - 1));
  slider.max = String(last);
  slider.disabled = stops.length < 2;
  byId('budget-ticks', HTMLElement).replaceChildren(
    ...stops.map(({ nfe }) => {
      const tick = make('span', { class: 'tick', text: String(nfe) });
      tick.style.setProperty('--place', String(placeOf(slider, nfe)));
      return tick;
    }),
  );
}

/** 0 at the left end, 1 at the right. */
const placeOf = (slider: HTMLInputElement, nfe: number): number =>
  (nfe - Number(slider.min)) / (Number(slider.max) - Number(slider.min));
