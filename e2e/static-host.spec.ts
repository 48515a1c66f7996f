/** The built page on a plain static host, under a sub-path, without any header: the service worker isolates it. */
import { gate, startStaticHost, withHost } from './fixtures/static-host.ts';
import { expect, test } from './fixtures/test.ts';

test.use({ serviceWorkers: 'allow' });

const PATH = '/some/sub-path/';

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
  const typed = gate();
  // The page cannot reload before its service worker has arrived.
  const host = await startStaticHost(PATH, {
    heldBack: ({ file }) => (file === 'service-worker.js' ? typed.passed : Promise.resolve()),
  });
  await withHost(host, async (url) => {
    await studio.visit({ url, backend: 'wasm' });
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await studio.prompt.fill(prompt);
    const reloaded = page.waitForEvent('load');
    typed.open();
    await reloaded;
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await expect(studio.prompt).toHaveValue(prompt);
    await expect(studio.generate).toBeEnabled();
    await expect(studio.prompt).toHaveValue(prompt);
  });
});
