/** Schedules that papers and projects published for the open model's architecture, at their own step counts; fetched when asked for. */
import type { PolicyFile } from '../../core/policy.ts';
import { fetchShippedPolicies } from '../../storage/shipped-policies.ts';
import type { AppContext } from '../app-context.ts';
import { fetchText } from '../policy-actions.ts';
import { addPublished } from '../policy-import.ts';
import { byId, make } from './dom.ts';

export function bindPublished(app: AppContext): void {
  const details = byId('published-schedules', HTMLDetailsElement);
  const select = byId('published', HTMLSelectElement);
  const add = byId('published-add', HTMLButtonElement);
  const hint = byId('published-hint', HTMLElement);
  let schedules: readonly PolicyFile[] = [];

  const show = (text: string): void => {
    select.replaceChildren(...schedules.map(({ name }) => make('option', { text: name })));
    select.disabled = add.disabled = schedules.length === 0;
    hint.textContent = schedules[0]?.provenance ?? text;
  };
  const refresh = async (architecture: string | null): Promise<void> => {
    schedules = [];
    show('Waiting for the model.');
    if (!details.open || architecture === null) return;
    const shipped = await fetchShippedPolicies(new URL(`policies/published/${encodeURIComponent(architecture)}/`, app.siteUrl), fetchText);
    if (app.store.get().manifest?.pipeline !== architecture) return;
    schedules = shipped.ok ? (shipped.value?.arrived.map(({ file }) => file) ?? []) : [];
    show(shipped.ok ? 'None is known for this model’s architecture.' : 'They could not be fetched. Close and open this list to try again.');
  };

  select.addEventListener('change', () => {
    hint.textContent = schedules[select.selectedIndex]?.provenance ?? '';
  });
  byId('published-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    const chosen = schedules[select.selectedIndex];
    if (chosen !== undefined) void addPublished(app, chosen);
  });
  details.addEventListener('toggle', () => void refresh(app.store.get().manifest?.pipeline ?? null));
  app.store.watch(({ manifest }) => [manifest?.pipeline ?? null], (pipeline) => void refresh(pipeline));
}
