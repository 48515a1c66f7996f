/** The picture's size, for models that draw several. */
import { sizeName, sizesOf } from '../../storage/manifest-size.ts';
import type { AppContext } from '../app-context.ts';
import { isModelBusy, switchSize } from '../model-switch.ts';
import { byId, make } from './dom.ts';

/** @param open opens the model that the state names. */
export function bindSize(app: AppContext, open: () => Promise<unknown>): void {
  const select = byId('size', HTMLSelectElement);
  select.addEventListener('change', () => void switchSize(app, select.value, open));
  app.store.watch(({ manifest }) => [manifest], (manifest) => {
    // While another size is on its way the choice stays to be seen.
    if (manifest === null) return;
    const sizes = sizesOf(manifest).map(({ image }) => image);
    byId('size-field', HTMLElement).hidden = sizes.length === 1;
    const inOrder = sizes.toSorted((a, b) => a.width * a.height - b.width * b.height || a.width - b.width);
    select.replaceChildren(
      ...inOrder.map((size) => {
        const option = make('option', { text: `${size.width} × ${size.height}` });
        option.value = sizeName(size);
        return option;
      }),
    );
    select.value = sizeName(manifest.image);
  });
  app.store.watch((state) => [isModelBusy(state) || state.manifest === null], (isBusy) => {
    select.disabled = isBusy;
  });
}
