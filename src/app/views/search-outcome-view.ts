/** What the last search found: the winner, how it compares, what it cost. */
import type { AppContext } from '../app-context.ts';
import { editDraft } from '../draft-actions.ts';
import { describePayback, describePayload, verdictOf } from '../search-outcome.ts';
import { byId } from './dom.ts';
import { showMask } from './mask-strip.ts';

export function bindSearchOutcome(app: AppContext): void {
  const { store } = app;
  const box = byId('search-outcome', HTMLElement);
  const use = byId('search-use', HTMLButtonElement);
  use.addEventListener('click', () => {
    const { record } = store.get().search;
    if (record !== null) editDraft(app, { budget: record.plan.nfe, policyId: record.policyId });
  });
  store.watch(({ search, costs, library }) => [search.record, search.activity, costs, library], (record, activity, costs, library) => {
    const outcome = record?.outcome ?? null;
    box.hidden = outcome === null || activity !== 'none';
    if (record === null || outcome === null) return;
    const verdict = verdictOf(outcome);
    box.className = `search-outcome is-${verdict.kind}`;
    byId('search-verdict', HTMLElement).textContent = verdict.text;
    byId('search-payback', HTMLElement).textContent = describePayback(record, outcome, costs);
    showMask(byId('search-found', HTMLElement), outcome.mask, record.plan.stepCount, 'Found mask');
    // Deleted from the library, it can no longer be used.
    const stored = library.find(({ id }) => id === record.policyId);
    use.hidden = stored === undefined;
    byId('search-saved', HTMLElement).textContent =
      stored === undefined ? 'It is no longer among your policies.' : `${describePayload(outcome)} It is kept as “${stored.file.name}”, with this evidence.`;
  });
}
