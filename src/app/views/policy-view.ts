/** Which of the budget's policies spends it, and policies in and out as files. */
import type { AppContext } from '../app-context.ts';
import { editDraft } from '../draft-actions.ts';
import { exportPolicy } from '../policy-actions.ts';
import { importPolicy } from '../policy-import.ts';
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

  app.store.watch(({ stops, draft, manifest, costs }) => [stops, draft, manifest, costs], () => {
    const selection = selectionOf(app.store.get());
    importButton.disabled = selection === null;
    exportButton.disabled = (selection?.choice.file ?? null) === null;
    const choices = selection?.stop.choices ?? [];
    select.disabled = selection === null;
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
