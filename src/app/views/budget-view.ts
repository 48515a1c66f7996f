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

  const prediction = byId('budget-prediction', HTMLElement);
  const text = byId('budget-text', HTMLElement);
  app.store.watch(
    (state) => [selectionOf(state)?.stop.nfe ?? null, state.manifest, state.costs, state.isMeasuring],
    (nfe, manifest, costs, isMeasuring) => {
      if (nfe === null || manifest === null) return;
      const { stepCount } = manifest.defaults;
      slider.value = String(nfe);
      slider.style.setProperty('--fill', String(placeOf(slider, nfe)));
      prediction.textContent = predictionHeadline(costs, nfe, stepCount);
      text.textContent = describePrediction(costs, nfe, stepCount, isMeasuring);
      slider.setAttribute('aria-valuetext', `${nfe} of ${stepCount} steps computed, ${prediction.textContent}`);
    },
  );
}

function showStops(slider: HTMLInputElement, stops: readonly BudgetStop[]): void {
  const first = stops[0]?.nfe ?? 0;
  const last = stops.at(-1)?.nfe ?? 1;
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
