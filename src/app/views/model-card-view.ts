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
    list.replaceChildren(...factNodes(factsOf(manifest)));
  });
}

export type Fact = readonly [term: string, text: string];

/** SPDX's identifiers, and the kin of them that it lists; not a sentence, and not `other`. */
const SPDX = /^(?!other$)[a-z\d]+(?:[.+-][a-z\d]+)*\+?$/i;

export const factNodes = (facts: readonly Fact[]): HTMLElement[] =>
  facts.map(([term, text]) => make('div', {}, make('dt', { text: term }), term === 'Licence' && SPDX.test(text) ? make('dd', {}, licenceLink(text)) : make('dd', { text })));

/** Nothing is fetched until a person follows it. */
function licenceLink(id: string): HTMLAnchorElement {
  const link = make('a', { text: id });
  link.href = `https://spdx.org/licenses/${encodeURIComponent(id)}.html`;
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  return link;
}

export function factsOf(manifest: Manifest): readonly Fact[] {
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
