/**
 * A page that is kept open holds no more after many pictures than after a few. The gallery is emptied before each
 * look, as the pictures in it are there to be kept. Software WebGPU takes seconds a picture, so it makes fewer here;
 * `GROWTH_PICTURES=200 npx playwright test growth` makes as many there.
 */
import type { Page } from '@playwright/test';
import type { Holdings, MemoryWatch } from './fixtures/memory-watch.ts';
import { watchMemory } from './fixtures/memory-watch.ts';
import { expect, test } from './fixtures/test.ts';

/** The trace's snapshots live in the page. */
test.use({ trace: 'off' });

const MAX_GROWTH = 1.05;
/** Two text encoders, full, cached, decoder; probe graphs only for policies that look through one. */
const OPENED_GRAPHS = 5;
/** In one press of Generate. */
const JOB_PICTURES = 10;

const CASES = [
  { backend: 'wasm', steps: 6, fewPictures: 20, manyPictures: 200 },
  { backend: 'webgpu', steps: 2, fewPictures: 10, manyPictures: Number(process.env['GROWTH_PICTURES'] ?? 20) },
] as const;

/** Presses the page's buttons from within: the scripts that Playwright finds them with would be counted too. */
function makePictures(page: Page, count: number): Promise<void> {
  return page.evaluate(async (jobs) => {
    const generate = document.querySelector<HTMLButtonElement>('#generate');
    const runs = (): boolean => generate?.textContent !== 'Generate';
    const until = async (isReached: () => boolean): Promise<void> => {
      while (!isReached()) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    for (let job = 0; job < jobs; job += 1) {
      generate?.click();
      await until(runs);
      await until(() => !runs());
    }
  }, count / JOB_PICTURES);
}

async function lookWithEmptyGallery(page: Page, watch: MemoryWatch, pictureCount: number): Promise<Holdings> {
  // The last ones may still be on their way there.
  await expect(page.getByText(`${pictureCount} pictures,`)).toBeVisible();
  await page.getByRole('button', { name: 'Clear gallery' }).click();
  await page.getByRole('button', { name: 'Delete all pictures' }).click();
  await expect(page.getByText('Pictures appear here as they are finished')).toBeVisible();
  return watch.take();
}

const memoryBytes = ({ pageHeapBytes, engineHeapBytes, wasmBytes }: Holdings): number => pageHeapBytes + engineHeapBytes + wasmBytes;

for (const { backend, steps, fewPictures, manyPictures } of CASES) {
  test(`${manyPictures} pictures leave no more behind than ${fewPictures}, on ${backend}`, async ({ studio, page }) => {
    test.setTimeout(240_000 + manyPictures * 15_000);
    const watch = await watchMemory(page);
    await studio.open({ backend });
    await expect(studio.budget).toHaveAttribute('aria-valuetext', /[\d.]+ s$/, { timeout: 120_000 });
    await page.getByRole('spinbutton', { name: 'Steps', exact: true }).fill(String(steps));
    await page.getByRole('spinbutton', { name: 'Pictures', exact: true }).fill(String(JOB_PICTURES));
    await studio.prompt.fill('a red cube on a sandy floor');
    await makePictures(page, fewPictures);
    const few = await lookWithEmptyGallery(page, watch, fewPictures);
    await makePictures(page, manyPictures - fewPictures);
    const many = await lookWithEmptyGallery(page, watch, manyPictures - fewPictures);
    console.log(`    after ${fewPictures}: ${JSON.stringify(few)}\n    after ${manyPictures}: ${JSON.stringify(many)}`);

    expect(few.sessions).toBe(OPENED_GRAPHS);
    expect(many.sessions).toBe(few.sessions);
    if (backend === 'webgpu') expect(few.gpuBuffers).toBeGreaterThan(0);
    expect(many.gpuBuffers).toBeLessThanOrEqual(few.gpuBuffers * MAX_GROWTH);
    expect(many.gpuBytes).toBeLessThanOrEqual(few.gpuBytes * MAX_GROWTH);
    // Compiled code counts as heap too: all it needs is there after the first pictures, not after the first one.
    expect(memoryBytes(many)).toBeLessThanOrEqual(memoryBytes(few) * MAX_GROWTH);
  });
}
