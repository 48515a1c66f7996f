/** Which model draws. The one that is open is always in the list, listed by the site or not. */
import { toFailure } from '../../protocol/errors.ts';
import type { AppContext } from '../app-context.ts';
import { reportFailure } from '../app-context.ts';
import { fetchModelList } from '../model-list.ts';
import { isAddress } from '../model-source.ts';
import { isModelBusy, switchModel } from '../model-switch.ts';
import { byId, make } from './dom.ts';

/** @param open opens the model that the state names. */
export function bindModel(app: AppContext, open: () => Promise<unknown>): void {
  const { store } = app;
  const select = byId('model', HTMLSelectElement);
  const listed = fetchModelList(app);
  let dialog: Promise<HTMLDialogElement> | null = null;
  byId('other-models', HTMLButtonElement).addEventListener('click', () => {
    dialog ??= import('./models-view.ts').then(({ createModelsDialog }) => createModelsDialog(app, open));
    void dialog.then((found) => found.showModal()).catch((error: unknown) => {
      dialog = null;
      reportFailure(app, 'other-models', toFailure(error));
    });
  });
  select.addEventListener('change', () => void switchModel(app, select.value, open));
  store.watch(({ modelId, manifest }) => [modelId, manifest?.name ?? null], (modelId, name) => {
    void listed.then((models) => {
      // Another model may have been chosen while the list was on its way.
      if (store.get().modelId !== modelId) return;
      const others = models.filter(({ id }) => id !== modelId);
      const current = { id: modelId, name: name ?? models.find(({ id }) => id === modelId)?.name ?? modelId };
      const order = models.map(({ id }) => id);
      const choices = [...others, current].toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
      select.replaceChildren(
        ...choices.map((choice) => {
          const option = make('option', { text: choice.name });
          option.value = choice.id;
          return option;
        }),
      );
      select.value = modelId;
    });
  });
  store.watch((state) => [isModelBusy(state) ? null : state.inbox.wantedModelId], (wanted) => {
    if (wanted === null) return;
    store.set({ inbox: { ...store.get().inbox, wantedModelId: null } });
    if (!isAddress(wanted)) void switchModel(app, wanted, open);
  });
  store.watch((state) => [isModelBusy(state)], (isBusy) => {
    select.disabled = isBusy;
    select.title = isBusy ? 'Another model can be opened when nothing runs, waits or is searched.' : '';
  });
}
