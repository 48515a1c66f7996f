/** How far apart the two pictures are, in numbers. */
import type { AppContext } from '../app-context.ts';
import { speedUp } from '../compare-model.ts';
import { formatFlip, formatPsnr, formatSsim } from '../format.ts';
import { byId } from './dom.ts';

const PENDING = '…';

export function bindScores({ store }: AppContext): void {
  const list = byId('scores', HTMLElement);
  const problem = byId('compare-problem', HTMLElement);
  store.watch(({ comparison }) => [comparison], (comparison) => {
    list.hidden = comparison === null || comparison.problem !== null;
    problem.hidden = (comparison?.problem ?? null) === null;
    problem.textContent = comparison?.problem ?? '';
    if (comparison === null) return;
    const { scores } = comparison;
    byId('score-psnr', HTMLElement).textContent = scores === null ? PENDING : formatPsnr(scores.psnrDb);
    byId('score-ssim', HTMLElement).textContent = scores === null ? PENDING : formatSsim(scores.ssim);
    byId('score-flip', HTMLElement).textContent = scores === null ? PENDING : formatFlip(scores.meanFlip);
    const ratio = speedUp(comparison);
    byId('score-time', HTMLElement).textContent = ratio === null ? '–' : timeText(ratio);
  });
}

const timeText = (ratio: number): string => `${ratio.toFixed(ratio < 0.95 ? 2 : 1)} ×`;
