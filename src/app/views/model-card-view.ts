/** What the chosen model is and asks of this machine, told before its files have come. */
import type { Manifest } from '../../protocol/manifest.ts';
import { needsOf } from '../../storage/manifest-needs.ts';
import { sizeName, sizesOf } from '../../storage/manifest-size.ts';
import type { AppContext } from '../app-context.ts';
import { formatMegabytes } from '../format.ts';
import { byId, make } from './dom.ts';

export function bindModelCard({ store }: AppContext): void {
  const card = byId('model-card', HTMLDetailsElement);
  const list = byId('model-facts', HTMLElement);
  store.watch(({ manifest }) => [manifest], (manifest) => {
    card.hidden = manifest === null;
    if (manifest === null) return;
    list.replaceChildren(...factsOf(manifest).map(([term, text]) => make('div', {}, make('dt', { text: term }), make('dd', { text }))));
  });
}

export function factsOf(manifest: Manifest): readonly (readonly [term: string, text: string])[] {
  const { downloadBytes, weightBytes, largestTensorBytes } = needsOf(manifest);
  return [
    ['Download', formatMegabytes(downloadBytes)],
    ['Memory', `${formatMegabytes(weightBytes)} for weights, in float32; no half precision needed`],
    ['Buffers', `up to ${formatMegabytes(largestTensorBytes)} between graphs`],
    ['Sizes', sizesOf(manifest).map(({ image }) => sizeName(image)).join(', ')],
    ['Licence', manifest.licence],
    ['Origin', manifest.provenance],
  ];
}
