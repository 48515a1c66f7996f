/** The policy timeline: the picture of what the budget buys, live while a run goes on. */
import type { PolicyFile } from '../../core/policy.ts';
import type { AppContext } from '../app-context.ts';
import { formatStepMs } from '../format.ts';
import type { AppState } from '../state.ts';
import { nfeOfChoice, selectionOf } from '../state.ts';
import { columnsFor } from '../timeline-arcs.ts';
import type { TimelineCell } from '../timeline-model.ts';
import { describeCell, timelineCells } from '../timeline-model.ts';
import { byId, make } from './dom.ts';
import { drawArcs } from './timeline-arcs-view.ts';
import { finishedOf } from './timeline-run.ts';

/** Room for a time of three digits. */
const LEAST_COLUMN_PX = 20;

export function bindTimeline({ store }: AppContext): void {
  const list = byId('timeline-steps', HTMLOListElement);
  const arcs = byId('timeline-arcs', HTMLElement);
  let shown: readonly TimelineCell[] = [];
  let columns = 0;

  const layOut = (): void => {
    columns = columnsFor(Math.max(shown.length, 1), list.clientWidth, LEAST_COLUMN_PX);
    list.style.setProperty('--columns', String(columns));
    drawArcs(arcs, shown, columns);
  };
  store.watch(({ run, finished, stops, draft, manifest, costs }) => [run, finished, stops, draft, manifest, costs], () => {
    const cells = cellsOf(store.get());
    const isOtherPlan = cells.length !== shown.length;
    if (isOtherPlan) list.replaceChildren(...cells.map(() => makeCell()));
    for (const [index, cell] of cells.entries()) {
      const item = list.children[index];
      if (item !== undefined && (isOtherPlan || !isSameCell(cell, shown[index]))) showCell(item, cell, cells[index + 1]);
    }
    shown = cells;
    list.classList.toggle('is-live', store.get().run !== null);
    showSummary(cells);
    if (isOtherPlan) layOut();
    else drawArcs(arcs, shown, columns);
  });
  new ResizeObserver(layOut).observe(list);
}

/** The run under way, else the finished one if it is what the settings describe, else the plan alone. */
function cellsOf(state: AppState): TimelineCell[] {
  const { run } = state;
  if (run !== null) return timelineCells(run.recipe.choice.file, run.recipe.stepCount, run.steps, run.stage === 'denoise');
  const selection = selectionOf(state);
  if (selection === null) return [];
  const { choice, stepCount } = selection;
  return timelineCells(choice.file, choice.file?.stepCount ?? stepCount, finishedOf(state)?.result.trace.steps ?? [], false);
}

const makeCell = (): HTMLLIElement => {
  const ms = make('span', { class: 'step-ms' });
  ms.ariaHidden = 'true';
  return make('li', { class: 'step' }, make('span', { class: 'step-bar' }), ms, make('span', { class: 'visually-hidden' }));
};

function showCell(item: Element, cell: TimelineCell, next: TimelineCell | undefined): void {
  const carriesOn = next?.decision === 'reuse';
  item.className = `step is-${cell.decision} is-${cell.status}${carriesOn ? ' carries-on' : ''}`;
  item.setAttribute('title', describeCell(cell));
  const [, ms, words] = item.children;
  if (ms !== undefined) ms.textContent = cell.ms === null ? '' : shortTime(cell.ms);
  if (words !== undefined) words.textContent = describeCell(cell);
}

/** A thousand and more takes too much room as milliseconds. */
const shortTime = (ms: number): string => (ms < 999.5 ? formatStepMs(ms) : `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)}s`);

const isSameCell = (cell: TimelineCell, other: TimelineCell | undefined): boolean =>
  cell.decision === other?.decision &&
  cell.status === other.status &&
  cell.ms === other.ms &&
  cell.anchorIndex === other.anchorIndex;

/** Doubles as the legend: each count carries the mark of its kind. */
function showSummary(cells: readonly TimelineCell[]): void {
  if (cells.length === 0) return;
  const computed = cells.filter(({ decision }) => decision === 'compute').length;
  const reused = cells.length - computed;
  const computeText = byId('summary-compute', HTMLElement);
  computeText.classList.add('has-swatch');
  computeText.textContent =
    reused === 0 ? `All ${cells.length} steps computed` : `${computed} of ${cells.length} computed`;
  const reuseText = byId('summary-reuse', HTMLElement);
  reuseText.hidden = reused === 0;
  reuseText.textContent = `${reused} reused`;
  byId('summary-ms', HTMLElement).hidden = !cells.some(({ ms }) => ms !== null);
}

/** The chosen policy in words: where it comes from and what it was measured to be worth. */
export function bindEvidence({ store }: AppContext): void {
  const text = byId('policy-evidence', HTMLElement);
  store.watch((state) => [selectionOf(state)?.choice.policyId ?? null, state.stops], () => {
    const selection = selectionOf(store.get());
    const file = selection?.choice.file ?? null;
    if (selection === null || file === null) {
      text.textContent = selection === null ? '' : 'The full run needs no policy.';
      return;
    }
    const worth = worthOf(file);
    const nfe = nfeOfChoice(file, selection.stepCount);
    text.textContent = `Policy “${selection.choice.label}”, ${nfe} computed steps: ${worth}.`;
  });
}

function worthOf({ evidence }: PolicyFile): string {
  const psnrDb = evidence?.latentPsnrDb ?? null;
  if (evidence === null || psnrDb === null) return 'its closeness to the full run is not recorded';
  return `${psnrDb.toFixed(1)} dB to the full run (latents, mean of ${evidence.validationPairs} pairs)`;
}
