/** The pictures of several seeds, each in its place as soon as it is done; one of them is on the stage. */
import type { AppContext } from '../app-context.ts';
import type { GridCell, SeedGrid } from '../grid-state.ts';
import { doneCount } from '../grid-state.ts';
import { showCell } from '../queue-actions.ts';
import type { FinishedRun } from '../state.ts';
import { byId, make } from './dom.ts';
import { drawEnlarged } from './draw-picture.ts';

export function bindGrid(app: AppContext): void {
  const section = byId('seeds', HTMLElement);
  const list = byId('seed-cells', HTMLUListElement);
  const summary = byId('seeds-summary', HTMLElement);
  let shown: SeedGrid | null = null;
  app.store.watch(({ grid, finished }) => [grid, finished], (grid, finished) => {
    section.hidden = grid === null;
    if (grid === null) {
      list.replaceChildren();
    } else {
      if (shown?.jobId !== grid.jobId) list.replaceChildren(...grid.cells.map((_, index) => makeCell(app, index)));
      for (const [index, cell] of grid.cells.entries()) {
        const button = list.children[index]?.firstElementChild;
        if (button instanceof HTMLButtonElement) showCellState(button, cell, shown?.jobId === grid.jobId ? shown.cells[index] : undefined, finished);
      }
      summary.textContent = `${doneCount(grid)} of ${grid.cells.length} are done. Choose one to see it large.`;
    }
    shown = grid;
  });
}

function makeCell(app: AppContext, index: number): HTMLLIElement {
  const canvas = make('canvas', { class: 'seed-canvas' });
  canvas.ariaHidden = 'true';
  const button = make('button', { class: 'seed-cell' }, canvas, make('span', { class: 'seed-name' }));
  button.type = 'button';
  button.addEventListener('click', () => showCell(app, index));
  return make('li', {}, button);
}

const STATUS_WORDS: Readonly<Record<GridCell['status'], string>> = {
  waiting: 'waiting',
  running: 'running…',
  done: '',
  failed: 'failed',
  cancelled: 'cancelled',
};

function showCellState(button: HTMLButtonElement, cell: GridCell, before: GridCell | undefined, finished: FinishedRun | null): void {
  const [canvas, name] = button.children;
  button.disabled = cell.run === null;
  button.classList.toggle('is-running', cell.status === 'running');
  button.ariaPressed = String(cell.run !== null && cell.run === finished);
  const status = STATUS_WORDS[cell.status];
  if (name !== undefined) name.textContent = `Seed ${cell.seed}${status === '' ? '' : ` · ${status}`}`;
  if (cell.run !== null && cell.run !== before?.run && canvas instanceof HTMLCanvasElement) {
    drawEnlarged(canvas, cell.run.result.picture);
  }
}
