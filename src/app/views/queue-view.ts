/** What waits behind the run: each job in words, each removable. */
import type { AppContext } from '../app-context.ts';
import { formatSeconds } from '../format.ts';
import { clearQueue, enqueue, removeJob } from '../queue-actions.ts';
import type { Job } from '../queue-state.ts';
import { describeJob, predictedJobsMs } from '../queue-state.ts';
import { byId, make } from './dom.ts';

export function bindQueue(app: AppContext): void {
  const { store } = app;
  const add = byId('enqueue', HTMLButtonElement);
  const clear = byId('clear-queue', HTMLButtonElement);
  add.addEventListener('click', () => void enqueue(app));
  clear.addEventListener('click', () => {
    clearQueue(app);
    byId('generate', HTMLButtonElement).focus();
  });
  store.watch(({ run }) => [run !== null], (isRunning) => {
    // The focus would be lost with the button.
    if (!isRunning && document.activeElement === add) byId('generate', HTMLButtonElement).focus();
    add.hidden = !isRunning;
  });

  const section = byId('queue', HTMLElement);
  const list = byId('queue-jobs', HTMLOListElement);
  store.watch(({ queue }) => [queue], (queue) => {
    section.hidden = queue.length === 0;
    clear.hidden = queue.length < 2;
    const isFocused = list.contains(document.activeElement);
    const focused = isFocused ? [...list.children].findIndex((item) => item.contains(document.activeElement)) : -1;
    list.replaceChildren(...queue.map((job) => makeEntry(app, job)));
    if (isFocused) focusNear(list, focused);
  });
  const summary = byId('queue-summary', HTMLElement);
  store.watch(({ queue, costs }) => [queue, costs], (queue, costs) => {
    const ms = predictedJobsMs(queue, costs);
    const count = `${queue.length} ${queue.length === 1 ? 'job waits' : 'jobs wait'}`;
    summary.textContent = ms === null ? `${count}.` : `${count}, about ${formatSeconds(ms)} after this one.`;
  });
}

function makeEntry(app: AppContext, job: Job): HTMLLIElement {
  const words = describeJob(job);
  const remove = make('button', { class: 'queue-remove', text: 'Remove' });
  remove.type = 'button';
  remove.ariaLabel = `Remove from the queue: ${words}`;
  remove.addEventListener('click', () => removeJob(app, job.id));
  return make('li', { class: 'queue-job' }, make('span', { class: 'queue-words', text: words }), remove);
}

/** After a removal, on what took its place; after the last one, where the next job would come from. */
function focusNear(list: HTMLOListElement, index: number): void {
  const item = list.children[Math.min(index, list.children.length - 1)];
  const button = item?.querySelector('button') ?? byId('generate', HTMLButtonElement);
  button.focus();
}
