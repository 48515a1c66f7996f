/** One policy of the library: its figures, what can be done with it, and on demand everything its file says. */
import { nfeOf } from '../../core/policy.ts';
import type { Manifest } from '../../protocol/manifest.ts';
import type { StoredPolicy } from '../../storage/policy-store.ts';
import type { AppContext } from '../app-context.ts';
import { deletePolicy, exportPolicy, usePolicy } from '../policy-actions.ts';
import { checkPolicy } from '../policy-check-actions.ts';
import { mapToChosenSteps } from '../policy-import.ts';
import type { PolicyFit } from '../policy-fit.ts';
import { fitOf } from '../policy-fit.ts';
import { policyDetails, predictedText, SOURCE_WORDS, worthText } from '../policy-worth.ts';
import { selectionOf } from '../state.ts';
import { make } from './dom.ts';
import { showMask } from './mask-strip.ts';

export function makePolicyItem(app: AppContext, manifest: Manifest, policy: StoredPolicy, opened: Set<string>): HTMLLIElement {
  const state = app.store.get();
  const { file, id } = policy;
  const fit = fitOf(file, manifest, state.draft.stepCount ?? manifest.defaults.stepCount);
  const isChosen = selectionOf(state)?.choice.policyId === id;
  const item = make('li', { class: 'policy' });
  item.classList.toggle('is-chosen', isChosen);
  const mask = make('div', { class: 'mask-strip' });
  mask.role = 'img';
  showMask(mask, file.computedSteps, file.stepCount, 'Policy');
  item.append(
    make('div', { class: 'policy-head' }, make('h3', { text: file.name }), make('p', { class: 'badges' }, ...badges(policy, fit, isChosen))),
    mask,
    figures([
      ['Computed', `${nfeOf(file)} of ${file.stepCount}`],
      ['This machine', predictedText(file, state.costs) ?? 'not measured'],
      ['Worth', worthText(file) ?? 'not known'],
    ]),
    buttons(app, policy, fit, opened),
  );
  if (opened.has(id)) item.append(details(policy, fit));
  return item;
}

function badges({ source, file }: StoredPolicy, fit: PolicyFit, isChosen: boolean): HTMLElement[] {
  const words = [
    SOURCE_WORDS[source],
    ...(file.model.kind === 'portable' ? ['Not verified on this model'] : []),
    ...(file.payload === 'multistep' ? ['Multistep'] : []),
    ...(fit.kind === 'other-steps' ? [`For ${fit.stepCount} steps`] : []),
    ...(fit.kind === 'misfit' ? ['For another model'] : []),
  ];
  const elements = words.map((text) => make('span', { class: 'badge', text }));
  return isChosen ? [make('span', { class: 'badge badge-chosen', text: 'In use' }), ...elements] : elements;
}

const figures = (rows: readonly (readonly [string, string])[]): HTMLElement =>
  make('dl', { class: 'policy-figures' }, ...rows.map(([term, text]) => make('div', {}, make('dt', { text: term }), make('dd', { text }))));

function buttons(app: AppContext, policy: StoredPolicy, fit: PolicyFit, opened: Set<string>): HTMLElement {
  const { file, id, source } = policy;
  const button = (verb: string, press: () => void): HTMLButtonElement => {
    const element = make('button', { text: verb });
    element.type = 'button';
    element.ariaLabel = `${verb}: ${file.name}`;
    element.dataset['key'] = `${verb} ${id}`;
    element.addEventListener('click', press);
    return element;
  };
  const use = button('Use', () => usePolicy(app, policy));
  use.disabled = fit.kind === 'misfit';
  const more = button('Details', () => {
    const item = more.closest('li');
    if (opened.delete(id)) {
      item?.querySelector('.policy-details')?.remove();
    } else {
      opened.add(id);
      item?.append(details(policy, fit));
    }
    more.ariaExpanded = String(opened.has(id));
  });
  more.ariaExpanded = String(opened.has(id));
  const { draft, manifest } = app.store.get();
  const row = make('div', { class: 'policy-buttons' }, use, more);
  if (file.model.kind === 'portable' && fit.kind !== 'misfit') {
    const check = button('Check', () => void checkPolicy(app, policy));
    check.title = 'Runs it against the full run on this model, and keeps what it was found to be worth';
    check.disabled = app.store.get().run !== null || app.store.get().opened === null;
    row.append(check);
  }
  if (fit.kind === 'other-steps' && file.coefficients === undefined) {
    const map = button(`Map to ${draft.stepCount ?? manifest?.defaults.stepCount ?? ''}`, () => void mapToChosenSteps(app, file));
    map.title = 'Makes a new policy with the same budget for the chosen number of steps; nobody has verified it';
    row.append(map);
  }
  row.append(button('Save', () => exportPolicy(file)));
  if (source !== 'shipped') row.append(button('Remove', () => void deletePolicy(app, policy)));
  return row;
}

function details({ file }: StoredPolicy, fit: PolicyFit): HTMLElement {
  const rows = policyDetails(file);
  const all = fit.kind === 'misfit' ? [['Cannot be used', fit.reason] as const, ...rows] : rows;
  const list = make('dl', { class: 'policy-details' });
  list.append(...all.map(([term, text]) => make('div', {}, make('dt', { text: term }), make('dd', { text }))));
  return list;
}
