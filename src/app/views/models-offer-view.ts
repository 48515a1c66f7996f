/** What a model from elsewhere would ask of this machine, held against it before a file is fetched. */
import type { Manifest } from '../../protocol/manifest.ts';
import type { BufferLimits } from '../../storage/manifest-needs.ts';
import { limitProblem, needsOf } from '../../storage/manifest-needs.ts';
import { formatMegabytes } from '../format.ts';
import type { Offer } from '../remote-manifest.ts';
import { make } from './dom.ts';
import type { Fact } from './model-card-view.ts';
import { factNodes, factsOf } from './model-card-view.ts';

export async function makeOfferCard({ manifest, manifestUrl }: Offer, take: () => void): Promise<HTMLElement> {
  const [limits, roomBytes] = await Promise.all([adapterLimits(), freeBytes()]);
  const facts: readonly Fact[] = [...factsOf(manifest), ['From', manifestUrl], ...verdicts(manifest, limits, roomBytes)];
  const list = make('dl', { class: 'word-groups' }, ...factNodes(facts));
  const button = make('button', { text: 'Download and open' });
  button.type = 'button';
  button.addEventListener('click', take);
  const card = make('section', { class: 'field' }, make('h3', { text: manifest.name }), list, button);
  card.setAttribute('aria-label', 'Model found');
  return card;
}

function verdicts(manifest: Manifest, limits: BufferLimits | null, roomBytes: number | null): readonly Fact[] {
  const { downloadBytes } = needsOf(manifest);
  const problem = limits === null ? null : limitProblem(manifest, limits);
  const adapter = limits === null ? 'There is no WebGPU here: it would run on the processor.' : (problem ?? 'Its buffers fit this adapter.');
  const room = roomBytes !== null && roomBytes < downloadBytes ? `Only ${formatMegabytes(roomBytes)} are free: it would stay in memory, until this page is closed.` : null;
  return [['This machine', adapter], ...(room === null ? [] : [['Room', room] as const])];
}

async function adapterLimits(): Promise<BufferLimits | null> {
  try {
    return (await navigator.gpu?.requestAdapter())?.limits ?? null;
  } catch {
    return null;
  }
}

/** Null when the browser does not say. */
async function freeBytes(): Promise<number | null> {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    return quota === undefined ? null : quota - (usage ?? 0);
  } catch {
    return null;
  }
}
