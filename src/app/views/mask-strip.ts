/** A mask as a row of steps: computed ones full, reused ones as the ledge they leave. */
import type { Mask } from '../../core/search/mask.ts';
import { make } from './dom.ts';

/** Changes only the cells that changed, so that a mask is seen to move. */
export function showMask(strip: HTMLElement, mask: Mask | null, stepCount: number, name: string): void {
  strip.hidden = mask === null;
  if (mask === null) return;
  if (strip.children.length !== stepCount) {
    strip.replaceChildren(...Array.from({ length: stepCount }, () => make('span', { class: 'mask-cell' })));
    strip.style.setProperty('--steps', String(stepCount));
  }
  const computed = new Set(mask);
  for (const [step, cell] of [...strip.children].entries()) cell.classList.toggle('is-compute', computed.has(step));
  // Steps are counted from 1 where people read them.
  strip.ariaLabel = `${name}: computes steps ${mask.map((step) => step + 1).join(', ')} of ${stepCount}`;
}
