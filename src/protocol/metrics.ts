/** The contract between the page and the metrics worker, which measures pictures off the page's own thread. */
import type { RgbaPicture } from './engine.ts';
import type { Outcome } from './errors.ts';

export interface PictureScores {
  /** Infinity for equal pictures. */
  readonly psnrDb: number;
  /** Null where a side is too short for its window. */
  readonly ssim: number | null;
  /** Mean of the map, 0 (no visible difference) to 1. */
  readonly meanFlip: number;
  /** FLIP's error of every pixel, row by row, on [0, 1]. */
  readonly flipMap: Float32Array<ArrayBuffer>;
}

export interface MetricsApi {
  /** Of two pictures of one size. */
  compare(reference: RgbaPicture, candidate: RgbaPicture): Promise<Outcome<PictureScores>>;
}
