/** The policy library: what is shipped, imported and made here, what each costs and what it was found to be worth. */
import type { AppContext } from '../app-context.ts';
import { shippedFirst } from '../budget-stops.ts';
import { importMask } from '../policy-import.ts';
import { nfeOf } from '../../core/policy.ts';
import { CACHE_DIT_PRESETS } from '../../core/import/cache-dit.ts';
import type { StoredPolicy } from '../../storage/policy-store.ts';
import { selectionOf } from '../state.ts';
import { byId, make } from './dom.ts';
import { makePolicyItem } from './policy-item-view.ts';

export function bindPolicyLibrary(app: AppContext): void {
  const { store } = app;
  const list = byId('library-policies', HTMLUListElement);
  /** Details that are open stay so when the list changes. */
  const opened = new Set<string>();
  store.watch(
    (state) => [state.library, state.manifest, state.costs, state.draft.stepCount, selectionOf(state)?.choice.policyId ?? null, state.run !== null],
    () => {
      const { library, manifest } = store.get();
      if (manifest === null) return;
      const focused = document.activeElement?.getAttribute('data-key') ?? null;
      list.replaceChildren(...library.toSorted(byCost).map((policy) => makePolicyItem(app, manifest, policy, opened)));
      // The rows are new ones: the focus goes to what the old one was for.
      if (focused !== null) list.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    },
  );
  const summary = byId('library-summary', HTMLElement);
  store.watch(({ library }) => [library], (library) => {
    summary.textContent = describeLibrary(library);
  });
  bindMask(app);
}

/** By budget, then as the budget's own choices are ordered. */
const byCost = (a: StoredPolicy, b: StoredPolicy): number => nfeOf(a.file) - nfeOf(b.file) || shippedFirst(a, b);

function describeLibrary(library: readonly StoredPolicy[]): string {
  if (library.length === 0) return 'There are no policies for this model yet. Import one, or let the page search.';
  const count = (source: StoredPolicy['source']): number => library.filter((policy) => policy.source === source).length;
  return `${count('shipped')} shipped, ${count('imported')} imported, ${count('own')} made in this browser. Worth: closeness to the full run, as latent PSNR with its 95 % interval; higher is closer.`;
}

function bindMask(app: AppContext): void {
  const input = byId('mask-text', HTMLInputElement);
  byId('mask-presets', HTMLDataListElement).replaceChildren(
    ...CACHE_DIT_PRESETS.map((preset) => {
      const option = make('option');
      option.value = preset;
      return option;
    }),
  );
  byId('mask-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void importMask(app, input.value).then((isTaken) => {
      if (isTaken) input.value = '';
    });
  });
}
