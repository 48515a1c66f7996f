/** What the budget buys in time: the full run, the prediction and the measurement on one scale. */
import type { AppContext } from '../app-context.ts';
import { FULL_RUN } from '../budget-stops.ts';
import { formatDeviation, formatSeconds } from '../format.ts';
import { measuredMsOf } from '../prediction-text.ts';
import type { AppState } from '../state.ts';
import { selectionOf } from '../state.ts';
import type { TimePart } from '../timeline-strip.ts';
import { measuredParts, partsSoFar, predictedParts, stripGradient, totalMsOf } from '../timeline-strip.ts';
import { byId } from './dom.ts';
import { finishedOf } from './timeline-run.ts';

interface TimeRows {
  readonly full: readonly TimePart[];
  readonly predicted: readonly TimePart[];
  readonly measured: readonly TimePart[];
  readonly measuredText: string;
}

export function bindTimelineTime({ store }: AppContext): void {
  const box = byId('time-strip', HTMLElement);
  store.watch(({ run, finished, stops, draft, manifest, costs }) => [run, finished, stops, draft, manifest, costs], () => {
    const rows = rowsOf(store.get());
    box.hidden = rows === null;
    if (rows === null) return;
    const scaleMs = Math.max(...[rows.full, rows.predicted, rows.measured].map(totalMsOf));
    showRow('full', rows.full, scaleMs, formatSeconds(totalMsOf(rows.full)));
    showRow('predicted', rows.predicted, scaleMs, formatSeconds(totalMsOf(rows.predicted)));
    showRow('measured', rows.measured, scaleMs, rows.measuredText);
  });
}

/** Null while this machine is not measured. */
function rowsOf(state: AppState): TimeRows | null {
  const { run, costs } = state;
  const selection = selectionOf(state);
  const recipe = run?.recipe ?? selection;
  if (costs === null || recipe === null) return null;
  const { choice } = recipe;
  const stepCount = choice.file?.stepCount ?? recipe.stepCount;
  const predicted = predictedParts(costs, choice, stepCount);
  const full = predictedParts(costs, FULL_RUN, stepCount);
  if (run !== null) {
    const measured = partsSoFar(run.steps);
    const measuredText = measured.length === 0 ? 'starting' : `${formatSeconds(totalMsOf(measured))} so far`;
    return { full, predicted, measured, measuredText };
  }
  const finished = finishedOf(state);
  if (finished === null) return { full, predicted, measured: [], measuredText: 'after the run' };
  return {
    full,
    predicted,
    measured: measuredParts(finished.result.trace),
    measuredText: measuredText(measuredMsOf(finished.result.trace), finished.predictedMs),
  };
}

function measuredText(measuredMs: number, predictedMs: number | null): string {
  const time = formatSeconds(measuredMs);
  return predictedMs === null ? time : `${time}, error ${formatDeviation(predictedMs, measuredMs)}`;
}

function showRow(name: string, parts: readonly TimePart[], scaleMs: number, text: string): void {
  const strip = byId(`strip-${name}`, HTMLElement);
  strip.style.inlineSize = `${((100 * totalMsOf(parts)) / scaleMs).toFixed(2)}%`;
  strip.style.backgroundImage = parts.length === 0 ? '' : stripGradient(parts);
  byId(`strip-${name}-text`, HTMLElement).textContent = text;
}
