import { describe, expect, it } from 'vitest';
import { createLedger } from '../../src/core/test-support/ledger-ops.ts';
import type { RgbaPicture } from '../../src/protocol/engine.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { createPreviewer } from './preview.ts';

const latent = { channels: 1, height: 2, width: 2, patch: 1, tokens: 4, tokenChannels: 1, projectionChannels: 2 };
/** Grey = the latent itself. */
const preview = { matrix: [[1], [1], [1]], bias: [0, 0, 0] };
const STEP = { stepIndex: 3, sigma: 0.5, sigmaNext: 0.25 };
const READ_BYTES = 16;

function setUp(fields: Pick<Manifest, 'preview' | 'latent'>) {
  const ledger = createLedger();
  const pictures: [number, RgbaPicture][] = [];
  let readBytes = 0;
  const previewer = createPreviewer(
    {
      ops: ledger.ops,
      readbacks: { totalBytes: () => readBytes },
      toHost: (latents: Float32Array) => {
        readBytes += READ_BYTES;
        return Promise.resolve(ledger.use(latents).slice());
      },
    },
    { pipeline: 'flux', ...fields },
    (stepIndex, picture) => pictures.push([stepIndex, picture]),
  );
  const velocity = ledger.own(Float32Array.of(1, 0, -1, 2));
  const denoise = previewer.watch(() => Promise.resolve(velocity));
  const latents = ledger.own(Float32Array.of(1, 0.4, 0, 1));
  return { ledger, previewer, pictures, denoise, latents, velocity };
}

describe('createPreviewer', () => {
  it('shows the clean latents that the velocity points to, x − sigma·v', async () => {
    const { previewer, pictures, denoise, latents } = setUp({ preview, latent });
    await denoise(latents, STEP);
    expect(await previewer.show(3)).toBe(true);
    const [stepIndex, { width, height, data }] = pictures[0] ?? [-1, { width: 0, height: 0, data: new Uint8ClampedArray() }];
    // 1 − 0.5·1, 0.4 − 0, 0 + 0.5, 1 − 1, in 255ths.
    expect([stepIndex, width, height]).toEqual([3, 2, 2]);
    expect([data[0], data[4], data[8], data[12]]).toEqual([128, 102, 128, 0]);
    expect(previewer.spent().previewReadbackBytes).toBe(READ_BYTES);
  });

  it('hands the velocity on untouched and releases only what it made', async () => {
    const { ledger, previewer, denoise, latents, velocity } = setUp({ preview, latent });
    expect(await denoise(latents, STEP)).toBe(velocity);
    await denoise(latents, STEP);
    expect(ledger.alive()).toBe(3);
    previewer.dispose();
    expect(ledger.alive()).toBe(2);
    expect([...ledger.use(latents), ...ledger.use(velocity)]).toEqual([1, Math.fround(0.4), 0, 1, 1, 0, -1, 2]);
  });

  it('does nothing for a model without a preview map', async () => {
    const { ledger, previewer, pictures, denoise, latents } = setUp({ latent });
    await denoise(latents, STEP);
    expect([await previewer.show(3), pictures.length, ledger.alive()]).toEqual([false, 0, 2]);
    expect(previewer.spent()).toEqual({ previewMs: 0, previewReadbackBytes: 0 });
  });
});
