/** The built page on a plain static host, under a sub-path, without any header: the service worker isolates it. */
import type { StaticHost } from './fixtures/static-host.ts';
import { startStaticHost } from './fixtures/static-host.ts';
import { expect, test } from './fixtures/test.ts';

test.use({ serviceWorkers: 'allow' });

let host: StaticHost;
test.beforeAll(async () => {
  host = await startStaticHost('/some/sub-path/');
});
test.afterAll(() => host.close());

test('the page isolates itself and makes a picture', async ({ studio, page }) => {
  await studio.open({ url: host.url, backend: 'wasm' });
  await expect.poll(() => page.evaluate(() => crossOriginIsolated)).toBe(true);
  await expect(studio.generate).toBeEnabled();
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(studio.picture).toBeVisible();
});

test('what is typed before the isolating reload is still there after it', async ({ studio, page }) => {
  // Hold the service worker back until something has been typed.
  let release = (): void => undefined;
  const typed = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.context().route(/\/sw[^/]*\.js/, async (route) => {
    await typed;
    await route.continue();
  });
  await studio.visit({ url: host.url, backend: 'wasm' });
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  await studio.prompt.fill('a purple torus under a night sky');
  release();
  await expect.poll(() => page.evaluate(() => crossOriginIsolated).catch(() => false)).toBe(true);
  await expect(studio.prompt).toHaveValue('a purple torus under a night sky');
});
