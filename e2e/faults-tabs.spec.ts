/** Tabs that close, reload and meet each other, and storage that goes away under them. */
import type { BrowserContext, Page } from '@playwright/test';
import { StudioPage } from './fixtures/studio-page.ts';
import { expect, test } from './fixtures/test.ts';

/** The micro model's full run, long enough to be met by something. */
async function startLongRun(studio: StudioPage, prompt: string): Promise<void> {
  await studio.budget.press('End');
  await studio.askFor(prompt, 7);
}

const took = (page: Page) => page.getByText(/^Took \d/);

test('two tabs take turns: the second run waits, says so, and gives its picture', async ({ studio, page, context }) => {
  await studio.open({ backend: 'wasm' });
  const { second, release } = await secondTabWaiting(page, context);
  await release();
  await expect(second.picture).toBeVisible();
});

test('a run that waits for another tab can be cancelled', async ({ studio, page, context }) => {
  await studio.open({ backend: 'wasm' });
  const { second, release } = await secondTabWaiting(page, context);
  await second.cancel.click();
  await expect(second.page.getByText(/^Cancelled/).first()).toBeVisible();
  await release();
  await second.generate.click();
  await expect(second.picture).toBeVisible();
});

test('a tab closed in the middle of a run frees the machine and loses no finished picture and nothing typed', async ({ studio, page, context }) => {
  await studio.open({ backend: 'wasm' });
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(took(page)).toBeVisible();
  await startLongRun(studio, 'a green torus');
  await expect(studio.cancel).toBeVisible();
  await page.close();

  const next = new StudioPage(await context.newPage());
  await next.open({ backend: 'wasm' });
  await expect(next.prompt).toHaveValue('a green torus');
  await expect(next.seed).toHaveValue('7');
  await expect(next.page.getByRole('list', { name: 'Pictures' }).getByRole('listitem')).toHaveCount(1);
  await next.generate.click();
  await expect(took(next.page)).toBeVisible();
});

test('IndexedDB deleted under the page costs what was in it and nothing else', async ({ studio, page, context }) => {
  await studio.open({ backend: 'wasm' });
  const cdp = await context.newCDPSession(page);
  await cdp.send('Storage.clearDataForOrigin', { origin: new URL(page.url()).origin, storageTypes: 'indexeddb' });
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(studio.picture).toBeVisible();
  await page.reload();
  await expect(studio.generate).toBeEnabled();
  await expect(studio.prompt).toHaveValue('a red cube on a sandy floor');
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^10 of 28/);
});

test('a full disk keeps the picture on the page and what was stored before', async ({ studio, page, context }) => {
  await studio.open({ backend: 'wasm' });
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(took(page)).toBeVisible();
  await expect(page.getByRole('list', { name: 'Pictures' }).getByRole('listitem')).toHaveCount(1);
  const cdp = await context.newCDPSession(page);
  await cdp.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin, quotaSize: 1000 });
  let seed = 4;
  // The browser notices within half a minute.
  await expect(async () => {
    seed += 1;
    await studio.askFor('a blue cone', seed);
    await expect(took(page)).toBeVisible();
    await expect(studio.alert.filter({ hasText: 'no room left for this picture' })).toBeVisible({ timeout: 2000 });
  }).toPass({ timeout: 120_000 });
  await expect(studio.picture).toBeVisible();
  await expect(studio.generate).toBeEnabled();
  await cdp.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin });
  await page.reload();
  await expect(page.getByRole('button', { name: /^a red cube on a sandy floor, seed 3/ })).toBeVisible();
});

/** Another tab whose run waits for `page`, which holds the machine until released. */
async function secondTabWaiting(page: Page, context: BrowserContext): Promise<{ second: StudioPage; release: () => Promise<void> }> {
  const second = new StudioPage(await context.newPage());
  await second.open({ backend: 'wasm' });
  const release = await holdDevice(page);
  await second.askFor('a blue cone', 2);
  await expect(second.page.getByText(/Waiting for a run in another tab/)).toBeVisible();
  return { second, release };
}

/** As a run of this page does for as long as it lasts. */
async function holdDevice(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(
    () =>
      new Promise<void>((held) => {
        void navigator.locks.request('budcache-device', () => {
          held();
          return new Promise<void>((resolve) => Object.assign(window, { releaseDevice: resolve }));
        });
      }),
  );
  return () => page.evaluate(() => (window as unknown as { releaseDevice: () => void }).releaseDevice());
}
