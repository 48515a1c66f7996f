/** Adds up a bundle's bytes and tells of them, often enough for a moving bar and no oftener. */
import type { DownloadProgress } from '../../src/protocol/engine.ts';

const INTERVAL_MS = 50;

export class ProgressTeller {
  readonly #totalBytes: number;
  readonly #tell: (progress: DownloadProgress) => void;
  #receivedBytes = 0;
  #keptBytes = 0;
  #file = '';
  #lastToldMs = Number.NEGATIVE_INFINITY;

  constructor(totalBytes: number, tell: (progress: DownloadProgress) => void) {
    this.#totalBytes = totalBytes;
    this.#tell = tell;
  }

  /** Bytes gained, or lost by a restart; `isKept`: they were on this machine before. */
  moved(bytes: number, isKept: boolean, file: string): void {
    this.#receivedBytes += bytes;
    if (isKept) this.#keptBytes += bytes;
    this.#file = file;
    const nowMs = performance.now();
    if (nowMs - this.#lastToldMs < INTERVAL_MS && this.#receivedBytes < this.#totalBytes) return;
    this.#lastToldMs = nowMs;
    this.#send('receiving');
  }

  say(activity: DownloadProgress['activity']): void {
    this.#send(activity);
  }

  #send(activity: DownloadProgress['activity']): void {
    const receivedBytes = this.#receivedBytes;
    const keptBytes = Math.min(this.#keptBytes, receivedBytes);
    this.#tell({ receivedBytes, keptBytes, totalBytes: this.#totalBytes, file: this.#file, activity });
  }
}
