/** How fast a download goes and how long it will still take, from what it reports of itself. */
import type { DownloadProgress } from '../protocol/engine.ts';

/** Long enough to smooth a jumpy line, short enough to notice a change. */
const WINDOW_MS = 5000;
/** Less says nothing yet. */
const MIN_SPAN_MS = 500;

interface Sample {
  readonly atMs: number;
  readonly arrivedBytes: number;
}

export interface LoadRate {
  readonly bytesPerSecond: number;
  readonly remainingMs: number;
}

export class LoadRateMeter {
  #samples: Sample[] = [];

  /** Null while too little is known, or nothing comes. */
  add({ receivedBytes, keptBytes, totalBytes, activity }: DownloadProgress, atMs: number): LoadRate | null {
    const arrivedBytes = receivedBytes - keptBytes;
    const last = this.#samples.at(-1);
    // A pause or a restart makes a new beginning.
    if (activity !== 'receiving' || (last !== undefined && arrivedBytes < last.arrivedBytes)) this.#samples = [];
    if (activity !== 'receiving') return null;
    this.#samples.push({ atMs, arrivedBytes });
    while ((this.#samples[1]?.atMs ?? atMs) < atMs - WINDOW_MS) this.#samples.shift();
    const [first] = this.#samples;
    if (first === undefined || atMs - first.atMs < MIN_SPAN_MS || arrivedBytes <= first.arrivedBytes) return null;
    const bytesPerMs = (arrivedBytes - first.arrivedBytes) / (atMs - first.atMs);
    return { bytesPerSecond: bytesPerMs * 1000, remainingMs: (totalBytes - receivedBytes) / bytesPerMs };
  }
}
