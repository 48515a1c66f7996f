/** Quality and budget: the curve as picture and as table. A point chosen in either is drawn with. */
import type { AppContext } from '../app-context.ts';
import { choosePoint } from '../curve-actions.ts';
import type { CurveAxis, CurvePoint } from '../curve-points.ts';
import { policyPoints, runPoints } from '../curve-points.ts';
import type { CurvePlot } from '../curve-plot.ts';
import { formatSeconds } from '../format.ts';
import type { AppState } from '../state.ts';
import { predictedMsOf } from '../state.ts';
import { byId, make } from './dom.ts';

/** Of the person's own comparisons the table shows the latest; the picture shows all. */
const LISTED_RUNS = 8;

export function bindCurve(app: AppContext): void {
  const { store } = app;
  const box = byId('curve-plot', HTMLElement);
  const axisSelect = byId('curve-axis', HTMLSelectElement);
  const rows = byId('curve-rows', HTMLElement);
  const axis = (): CurveAxis => (axisSelect.value === 'seconds' ? 'seconds' : 'nfe');
  const choose = (point: Pick<CurvePoint, 'nfe' | 'policyId'>): void =>
    choosePoint(app, point, () => byId('controls', HTMLFormElement).requestSubmit());
  let plot: CurvePlot | null = null;

  const show = (): void => {
    const state = store.get();
    const { manifest } = state;
    if (manifest === null) return;
    const stepCount = stepCountOf(state);
    const policies = policyPoints(state.library, manifest, stepCount, state.costs);
    const runs = runPoints(state.comparedRuns, manifest.binding, stepCount, state.library);
    const canDraw = state.load.phase === 'ready';
    rows.replaceChildren(
      ...[...policies, ...runs.slice(0, LISTED_RUNS)].map((point) => rowOf(point, canDraw && (point.kind !== 'run' || point.policyId !== null), choose)),
      fullRunRow(predictedMsOf(state.costs, stepCount, stepCount), stepCount, canDraw, choose),
    );
    byId('curve-note', HTMLElement).textContent = noteOf(policies.length, runs.length);
    plot?.show([...policies, ...runs], axis());
  };
  store.watch(
    ({ manifest, library, costs, comparedRuns, draft, load }) => [manifest, library, costs, comparedRuns, draft.stepCount, load.phase],
    show,
  );
  axisSelect.addEventListener('change', show);
  whenSized(box, () => {
    void import('../curve-plot.ts').then(({ createCurvePlot }) => {
      plot = createCurvePlot(box, (point) => {
        if (store.get().load.phase === 'ready' && (point.kind !== 'run' || point.policyId !== null)) choose(point);
      });
      show();
    });
  });
}

const stepCountOf = ({ draft, manifest }: AppState): number => draft.stepCount ?? manifest?.defaults.stepCount ?? 0;

/** In sight or not: who scrolls there, or prints the page, must not meet an empty frame. */
function whenSized(element: Element, then: () => void): void {
  const observer = new ResizeObserver(([entry]) => {
    if (entry === undefined || entry.contentRect.width === 0) return;
    observer.disconnect();
    then();
  });
  observer.observe(element);
}

const KIND_WORDS: Readonly<Record<CurvePoint['kind'], string>> = { shipped: 'shipped', own: 'own', imported: 'imported', run: 'compared' };

function rowOf(point: CurvePoint, canDraw: boolean, choose: (point: CurvePoint) => void): HTMLElement {
  const { kind, label, isMultistep, nfe, ms, psnrDb, intervalDb } = point;
  const name = make('th', {}, make('span', { class: `curve-kind is-${kind}`, text: KIND_WORDS[kind] }), make('span', { text: ` ${label}` }));
  if (isMultistep) name.append(make('span', { class: 'curve-kind is-multistep', text: 'multistep' }));
  name.scope = 'row';
  const worth = make('td', { text: `${psnrDb.toFixed(1)} dB` });
  if (intervalDb !== null) worth.title = `95 % interval ${intervalDb[0].toFixed(1)} to ${intervalDb[1].toFixed(1)} dB`;
  const cells = [make('td', { text: String(nfe) }), make('td', { text: ms === null ? '…' : formatSeconds(ms) }), worth];
  return make('tr', {}, name, ...cells, make('td', {}, drawButton(`Draw with ${label}`, canDraw, () => choose(point))));
}

function fullRunRow(ms: number | null, stepCount: number, canDraw: boolean, choose: (point: Pick<CurvePoint, 'nfe' | 'policyId'>) => void): HTMLElement {
  const name = make('th', { text: 'Full run' });
  name.scope = 'row';
  const cells = [String(stepCount), ms === null ? '…' : formatSeconds(ms), 'itself'].map((text) => make('td', { text }));
  return make('tr', {}, name, ...cells, make('td', {}, drawButton('Draw with the full run', canDraw, () => choose({ nfe: stepCount, policyId: null }))));
}

function drawButton(name: string, canDraw: boolean, onClick: () => void): HTMLButtonElement {
  const button = make('button', { class: 'curve-draw', text: 'Draw' });
  button.type = 'button';
  button.ariaLabel = name;
  button.disabled = !canDraw;
  button.addEventListener('click', onClick);
  return button;
}

function noteOf(policies: number, runs: number): string {
  if (policies === 0) return 'No policy has been measured on this model yet. A search here gives the first point.';
  const own = runs === 0 ? 'Compare a picture with its full run, and it appears here too.' : `${runs === 1 ? 'One comparison' : `${runs} comparisons`} of your own ${runs === 1 ? 'is' : 'are'} shown too.`;
  return `Each policy was measured on the pairs that its details name, so small differences mean little. Its time is a prediction for this machine. ${own}`;
}
