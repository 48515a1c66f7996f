/** What the page says of a model on its way. */
import type { DownloadProgress, ModelStorage } from '../protocol/engine.ts';
import { formatMegabytes, formatSeconds } from './format.ts';
import type { LoadRate } from './load-rate.ts';

export function downloadText(download: DownloadProgress | null): string {
  if (download === null) return 'Loading the model…';
  const { receivedBytes, totalBytes, activity } = download;
  if (activity === 'waiting-for-tab') return 'Another tab is downloading this model; this one goes on when it is done.';
  const share = `${formatMegabytes(receivedBytes)} of ${formatMegabytes(totalBytes)}`;
  if (activity === 'retrying') return `The connection broke at ${share}. Trying again from there…`;
  if (receivedBytes >= totalBytes) return `All ${formatMegabytes(totalBytes)} are here; the model is being prepared…`;
  return `Loading the model: ${share}`;
}

/** A second line; empty when there is nothing to add. */
export function downloadDetail(download: DownloadProgress | null, rate: LoadRate | null): string {
  if (download === null || download.receivedBytes >= download.totalBytes) return '';
  const { keptBytes, file } = download;
  const kept = keptBytes > 0 ? `${formatMegabytes(keptBytes)} were here already` : '';
  const speed = rate === null ? '' : `${formatMegabytes(rate.bytesPerSecond)}/s · ${formatSeconds(rate.remainingMs)} left`;
  return [speed, file, kept].filter((part) => part !== '').join(' · ');
}

export const pausedText = (download: DownloadProgress | null): string =>
  download === null || download.receivedBytes === 0
    ? 'The download is paused.'
    : `The download is paused; ${formatMegabytes(download.receivedBytes)} of ${formatMegabytes(download.totalBytes)} are kept.`;

export function storageText({ place, bytes }: ModelStorage): string {
  const size = formatMegabytes(bytes);
  return place === 'memory'
    ? `The model (${size}) is in memory only, until this page is closed.`
    : `The model (${size}) is kept on this machine and works offline.`;
}
