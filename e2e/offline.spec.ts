/** The first visit and after: without a network, as an installed app, and when the site has a newer version. */
import type { Page } from '@playwright/test';
import { run } from './fixtures/engine.ts';
import { SHORT_RUN } from './fixtures/requests.ts';
import type { StaticHost } from './fixtures/static-host.ts';
import { startStaticHost, withHost } from './fixtures/static-host.ts';
import { expect, test } from './fixtures/test.ts';

test.use({ serviceWorkers: 'allow' });

const PATH = '/pictures/';

/** The document is kept last, the runtime by the engine. */
const offlineReady = (page: Page) =>
  expect
    .poll(() =>
      page.evaluate(async () => {
        const document = await caches.match(new URL('./', location.href).href);
        const runtime = await (await caches.open('budcache-runtime')).keys();
        return document !== undefined && runtime.some(({ url }) => url.endsWith('.wasm'));
      }),
    )
    .toBe(true);

const wasmFiles = (host: StaticHost): readonly string[] => [
  ...new Set(host.asked.map(({ file }) => file).filter((file) => file.endsWith('.wasm'))),
];

test('the second visit works without a network', async ({ studio, page }) => {
  const host = await startStaticHost(PATH);
  await withHost(host, async (url) => {
    await studio.open({ url, backend: 'wasm' });
    await offlineReady(page);
    await host.close();

    await studio.open({ url, backend: 'wasm' });
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await expect(studio.budget).toHaveAttribute('aria-valuetext', /^10 of 28/);
    await studio.askFor('a red cube on a sandy floor', 3);
    await expect(studio.picture).toBeVisible();
    await expect(studio.alert).toBeHidden();
  });
});

test('the page can be installed', async ({ studio, page, context }) => {
  await withHost(await startStaticHost(PATH), async (url) => {
    await studio.open({ url, backend: 'wasm' });
    const cdp = await context.newCDPSession(page);
    const { url: manifestUrl, errors } = await cdp.send('Page.getAppManifest');
    expect(manifestUrl).toBe(`${url}manifest.webmanifest`);
    expect(errors).toEqual([]);
    const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
    // Each test has a private window of its own, which is all that may stand against it.
    expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
  });
});

test('a newer version is offered, not forced: never while a run is under way, and nothing typed is lost', async ({ studio, page }) => {
  let isNewer = false;
  const host = await startStaticHost(PATH, {
    edit: (file, text) => {
      if (!isNewer) return text;
      if (file === 'index.html') return text.replace('<title>BudCache Web', '<title>Newer BudCache Web');
      // Its list of files begins with the version.
      return file === 'service-worker.js' ? text.replace(/[0-9a-f]{16}(?=\|)/, 'feedfacefeedface') : text;
    },
  });
  await withHost(host, async (url) => {
    await studio.open({ url, backend: 'wasm' });
    await offlineReady(page);
    const update = page.getByRole('button', { name: 'Update' });
    await expect(update).toBeHidden();

    isNewer = true;
    await studio.open({ url, backend: 'wasm' });
    await expect(page).toHaveTitle('BudCache Web');
    await expect(update).toBeEnabled();

    await studio.askFor('a purple torus', 5);
    await expect(update).toBeDisabled();
    await expect(studio.picture).toBeVisible();
    await expect(page).toHaveTitle('BudCache Web');

    await update.click();
    await expect(page).toHaveTitle('Newer BudCache Web');
    await expect(studio.prompt).toHaveValue('a purple torus');
    await expect(studio.generate).toBeEnabled();
    await expect(update).toBeHidden();
  });
});

test.describe('only the WebAssembly build that this browser needs is fetched', () => {
  const cases = [
    { name: 'on the processor', backend: 'wasm', hook: '', expected: /^assets\/ort-wasm-simd-threaded-[\w-]+\.wasm$/ },
    { name: 'on WebGPU', backend: 'webgpu', hook: '', expected: /threaded\.jspi-[\w-]+\.wasm$/ },
    {
      name: 'on WebGPU where WebAssembly cannot be suspended',
      backend: 'webgpu',
      hook: 'delete WebAssembly.Suspending;',
      expected: /threaded\.asyncify-[\w-]+\.wasm$/,
    },
  ] as const;
  for (const { name, backend, hook, expected } of cases) {
    test(name, async ({ studio, page }) => {
      const host = await startStaticHost(PATH, {
        edit: (file, text) => (file.includes('engine.worker') ? hook + text : text),
      });
      await withHost(host, async (url) => {
        await studio.open({ url, backend });
        expect(wasmFiles(host)).toEqual([expect.stringMatching(expected)]);
        // Two steps will do: a software adapter is slow.
        const { trace } = await run(page, { ...SHORT_RUN, stepCount: 2 });
        expect(trace.backend).toBe(backend);
      });
    });
  }
});
