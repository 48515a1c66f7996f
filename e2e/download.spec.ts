/** The model's way onto this machine: interrupted, shared, crowded out, and needed only once. */
import type { Page } from '@playwright/test';
import type { Asked, StaticHost } from './fixtures/static-host.ts';
import { gate, startStaticHost, withHost } from './fixtures/static-host.ts';
import { StudioPage } from './fixtures/studio-page.ts';
import { expect, test } from './fixtures/test.ts';

/** The largest file of the micro bundle, about 560 kB. */
const WEIGHTS = 'models/micro/denoiser.bin';
const PART_BYTES = 200_000;
const MEGABYTES = /\d+\.\d MB of 1\.4 MB/;

const asksFor = (host: StaticHost, file: string): readonly Asked[] => host.asked.filter((asked) => asked.file === file);
const modelFiles = (host: StaticHost): readonly string[] =>
  host.asked.map(({ file }) => file).filter((file) => file.startsWith('models/') && !file.endsWith('manifest.json') && file !== 'models/index.json');

/** Settles when the weights' first part is here and nothing more comes. */
async function stalled(page: Page, host: StaticHost): Promise<void> {
  await expect.poll(() => asksFor(host, WEIGHTS).length).toBeGreaterThan(0);
  const told = page.getByText(MEGABYTES);
  let last = '';
  await expect
    .poll(
      async () => {
        const before = last;
        last = await told.innerText();
        return last === before;
      },
      { intervals: [1500] },
    )
    .toBe(true);
}

/** A visit whose weights stop after their first part, until it is told to let them through. */
async function withStalledVisit(studio: StudioPage, use: (host: StaticHost, letThrough: () => void) => Promise<void>): Promise<void> {
  let isHealthy = false;
  const host = await startStaticHost('/', {
    fault: ({ file }) => (file === WEIGHTS && !isHealthy ? { kind: 'stall', afterBytes: PART_BYTES } : null),
  });
  await withHost(host, async (url) => {
    await studio.visit({ url, backend: 'wasm' });
    await stalled(studio.page, host);
    await use(host, () => {
      isHealthy = true;
    });
  });
}
const kept = (page: Page) => page.getByText(/is kept on this machine and works offline/);

test('a reload in the middle of the download goes on from there', async ({ studio, page }) => {
  await withStalledVisit(studio, async (host, letThrough) => {
    const before = asksFor(host, WEIGHTS).length;
    letThrough();
    await page.reload();
    await expect(studio.generate).toBeEnabled();
    const after = asksFor(host, WEIGHTS).slice(before);
    expect(after).toHaveLength(1);
    expect(after[0]?.startByte).toBeGreaterThan(0);
    await expect(kept(page)).toBeVisible();
  });
});

test('a connection that breaks is taken up again without being asked', async ({ studio }) => {
  let cuts = 0;
  const host = await startStaticHost('/', {
    fault: ({ file }) => (file === WEIGHTS && cuts++ < 2 ? { kind: 'cut', afterBytes: PART_BYTES } : null),
  });
  await withHost(host, async (url) => {
    await studio.open({ url, backend: 'wasm' });
    const starts = asksFor(host, WEIGHTS).map(({ startByte }) => startByte);
    // A break may swallow what arrived in the same moment; nothing before it.
    expect(starts).toHaveLength(3);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect(new Set(starts).size).toBe(3);
  });
});

test('a download that cannot go on says so, and Try again goes on from what is kept', async ({ studio, page }) => {
  let isHealthy = false;
  const host = await startStaticHost('/', {
    fault: ({ file, startByte }) =>
      file === WEIGHTS && !isHealthy ? { kind: 'cut', afterBytes: startByte === 0 ? PART_BYTES : 0 } : null,
  });
  await withHost(host, async (url) => {
    await studio.visit({ url, backend: 'wasm' });
    await expect(page.getByText(/The connection broke at/)).toBeVisible();
    await expect(studio.alert).toContainText('download-failed');
    await expect(studio.generate).toBeDisabled();
    isHealthy = true;
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(studio.generate).toBeEnabled();
    expect(asksFor(host, WEIGHTS).at(-1)?.startByte).toBeGreaterThan(0);
  });
});

test('a paused download keeps what has arrived and goes on when asked', async ({ studio, page }) => {
  await withStalledVisit(studio, async (host, letThrough) => {
    await page.getByRole('button', { name: 'Pause download' }).click();
    await expect(page.getByText(/The download is paused; \d\.\d MB of 1\.4 MB are kept/)).toBeVisible();
    letThrough();
    await page.getByRole('button', { name: 'Resume download' }).click();
    await expect(studio.generate).toBeEnabled();
    expect(asksFor(host, WEIGHTS).at(-1)?.startByte).toBeGreaterThan(0);
  });
});

test('the second visit fetches no model file, unless one was damaged or evicted', async ({ studio, page, context }) => {
  const host = await startStaticHost('/');
  await withHost(host, async (url) => {
    await studio.open({ url, backend: 'wasm' });
    await expect(kept(page)).toBeVisible();
    const firstVisit = modelFiles(host);
    expect(new Set(firstVisit).size).toBe(firstVisit.length);

    await studio.open({ url, backend: 'wasm' });
    expect(modelFiles(host)).toEqual(firstVisit);

    await damageLargestModelFile(page);
    await studio.open({ url, backend: 'wasm' });
    expect(modelFiles(host).slice(firstVisit.length)).toEqual([WEIGHTS]);

    await page.goto('about:blank');
    const cdp = await context.newCDPSession(page);
    await cdp.send('Storage.clearDataForOrigin', { origin: new URL(url).origin, storageTypes: 'all' });
    await studio.open({ url, backend: 'wasm' });
    expect(modelFiles(host).slice(firstVisit.length + 1).toSorted()).toEqual(firstVisit.toSorted());
  });
});

test('where the browser has no room the model works from memory, and the page says so', async ({ studio, page, context }) => {
  const host = await startStaticHost('/');
  await withHost(host, async (url) => {
    const cdp = await context.newCDPSession(page);
    await cdp.send('Storage.overrideQuotaForOrigin', { origin: new URL(url).origin, quotaSize: 300_000 });
    await studio.open({ url, backend: 'wasm' });
    await expect(page.getByText(/has no room for the model’s 1\.4 MB/)).toBeVisible();
    await expect(page.getByText(/is in memory only/)).toBeVisible();
    await studio.askFor('a red cube on a sandy floor', 3);
    await expect(studio.picture).toBeVisible();

    await cdp.send('Storage.overrideQuotaForOrigin', { origin: new URL(url).origin });
    await studio.open({ url, backend: 'wasm' });
    await expect(kept(page)).toBeVisible();
  });
});

test('without a private file system the model is kept in Cache Storage', async ({ studio, page }) => {
  const host = await startStaticHost('/', {
    edit: (file, text) => (file.includes('engine.worker') ? `delete StorageManager.prototype.getDirectory;${text}` : text),
  });
  await withHost(host, async (url) => {
    await studio.open({ url, backend: 'wasm' });
    await expect(kept(page)).toBeVisible();
    const firstVisit = modelFiles(host).length;
    await studio.open({ url, backend: 'wasm' });
    expect(modelFiles(host)).toHaveLength(firstVisit);
  });
});

test('a second tab waits for the first one’s download and fetches nothing twice', async ({ studio, page, context }) => {
  const opened = gate();
  const host = await startStaticHost('/', {
    heldBack: ({ file }) => (file === WEIGHTS ? opened.passed : Promise.resolve()),
  });
  await withHost(host, async (url) => {
    await studio.visit({ url, backend: 'wasm' });
    await expect.poll(() => asksFor(host, WEIGHTS).length).toBe(1);
    const second = new StudioPage(await context.newPage());
    await second.visit({ url, backend: 'wasm' });
    await expect(second.page.getByText(/Another tab is downloading this model/)).toBeVisible();
    opened.open();
    await expect(studio.generate).toBeEnabled();
    await expect(second.generate).toBeEnabled();
    expect(asksFor(host, WEIGHTS)).toHaveLength(1);
    await expect(kept(page)).toBeVisible();
  });
});

/** One byte in the middle, as a failing disk does. */
async function damageLargestModelFile(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('models');
    let largest: File | null = null;
    for await (const handle of folder.values()) {
      if (handle.kind !== 'file') continue;
      const file = await (handle as FileSystemFileHandle).getFile();
      if (largest === null || file.size > largest.size) largest = file;
    }
    if (largest === null) throw new Error('No model file is stored.');
    const middle = largest.size >> 1;
    const [byte = 0] = new Uint8Array(await largest.slice(middle, middle + 1).arrayBuffer());
    const writable = await (await folder.getFileHandle(largest.name)).createWritable({ keepExistingData: true });
    await writable.write({ type: 'write', position: middle, data: new Uint8Array([byte ^ 1]) });
    await writable.close();
  });
}
