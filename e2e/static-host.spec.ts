/** The built page on a plain static host, under a sub-path, without any header: the service worker isolates it. */
import type { StaticHost } from './fixtures/static-host.ts';
import { startStaticHost } from './fixtures/static-host.ts';
import { expect, test } from './fixtures/test.ts';

test.use({ serviceWorkers: 'allow' });

const PATH = '/some/sub-path/';

async function withHost(host: StaticHost, work: (url: string) => Promise<void>): Promise<void> {
  try {
    await work(host.url);
  } finally {
    await host.close();
  }
}

test('the page isolates itself and makes a picture', async ({ studio, page }) => {
  await withHost(await startStaticHost(PATH), async (url) => {
    await studio.open({ url, backend: 'wasm' });
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await studio.askFor('a red cube on a sandy floor', 3);
    await expect(studio.picture).toBeVisible();
  });
});

test('what is typed before the isolating reload is still there after it', async ({ studio, page }) => {
  const prompt = 'a purple torus under a night sky';
  let release = (): void => undefined;
  const typed = new Promise<void>((resolve) => {
    release = resolve;
  });
  // The page cannot reload before its service worker has arrived.
  const host = await startStaticHost(PATH, (file) => (file === 'isolation-sw.js' ? typed : Promise.resolve()));
  await withHost(host, async (url) => {
    await studio.visit({ url, backend: 'wasm' });
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await studio.prompt.fill(prompt);
    const reloaded = page.waitForEvent('load');
    release();
    await reloaded;
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await expect(studio.prompt).toHaveValue(prompt);
    await expect(studio.generate).toBeEnabled();
    await expect(studio.prompt).toHaveValue(prompt);
  });
});
