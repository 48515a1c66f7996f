/** Pictures of the gallery that are right in every field, for tests to bend. */
import type { GalleryEntry } from '../gallery-record.ts';
import { BINDING, goodPolicy } from './good-files.ts';

/** The eight bytes with which every PNG starts: the store looks no further. */
export const pngBlob = (): Blob => new Blob([Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])], { type: 'image/png' });

export function goodEntry(id = 'one', createdMs = 1_700_000_000_000): GalleryEntry {
  return {
    id,
    createdMs,
    width: 32,
    height: 32,
    pngBytes: 8,
    thumbnail: new Blob(['small'], { type: 'image/webp' }),
    recipe: {
      format: 'budcache-recipe/1',
      modelId: 'tiny',
      binding: BINDING,
      prompt: 'a red cube',
      seed: 7,
      stepCount: 4,
      guidanceScale: 3.5,
      policy: goodPolicy(2),
    },
    trace: {
      backend: 'wasm',
      steps: [{ stepIndex: 0, decision: 'compute', ms: 12.5, readbackBytes: 0 }],
      textMs: 3,
      loopMs: 50,
      vaeMs: 20,
      totalMs: 73,
      loopReadbackBytes: 0,
      previewReadbackBytes: 0,
      previewMs: 0,
      nfe: 2,
      forwards: 2,
      cachedCalls: 2,
    },
    predictedMs: 70,
    unknownWords: ['flurb'],
  };
}
