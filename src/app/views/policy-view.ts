/** Which policy spends the budget, and policies in and out as files. */
import type { AppContext } from '../app-context.ts';
import { editDraft } from '../draft-actions.ts';
import { exportPolicy, importPolicy } from '../policy-actions.ts';
import { selectionOf } from '../state.ts';
import { byId, make } from './dom.ts';

/** An option's value for the full run, which has no policy id. */
const NO_POLICY = '';

export function bindPolicy(app: AppContext): void {
  const select = byId('policy', HTMLSelectElement);
  select.addEventListener('change', () => {
    editDraft(app, { policyId: select.value === NO_POLICY ? null : select.value });
  });

  const file = byId('policy-file', HTMLInputElement);
  const importButton = byId('import-policy', HTMLButtonElement);
  importButton.addEventListener('click', () => file.click());
  file.addEventListener('change', () => {
    const chosen = file.files?.[0];
    // Cleared, so that the same file can be chosen again after it was mended.
    if (chosen !== undefined) void importPolicy(app, chosen).finally(() => (file.value = ''));
  });

  const exportButton = byId('export-policy', HTMLButtonElement);
  exportButton.addEventListener('click', () => {
    const policy = selectionOf(app.store.get())?.choice.file ?? null;
    if (policy !== null) exportPolicy(policy);
  });

  const field = byId('policy-field', HTMLElement);
  app.store.watch(({ stops, draft, manifest }) => [stops, draft.budget, draft.policyId, manifest], () => {
    const selection = selectionOf(app.store.get());
    importButton.disabled = selection === null;
    exportButton.disabled = (selection?.choice.file ?? null) === null;
    const choices = selection?.stop.choices ?? [];
    field.hidden = choices.length < 2;
    select.replaceChildren(
      ...choices.map(({ policyId, label }) => {
        const option = make('option', { text: label });
        option.value = policyId ?? NO_POLICY;
        return option;
      }),
    );
    select.value = selection?.choice.policyId ?? NO_POLICY;
  });
}
