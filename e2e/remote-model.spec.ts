/** Models from elsewhere: asked for by a person only, shown before they are fetched, and whole in the end or refused. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import type { ModelHost, Wrong } from './fixtures/model-host.ts';
import { modelFile, startModelHost } from './fixtures/model-host.ts';
import type { Asked } from './fixtures/static-host.ts';
import { startStaticHost, withHost } from './fixtures/static-host.ts';
import type { StudioPage } from './fixtures/studio-page.ts';
import { expect, test } from './fixtures/test.ts';

/** Not the model that the page itself opens: files are kept by their content. */
const MODEL = 'micro-z-image';
const WEIGHTS = 'denoiser.bin';
const PART_BYTES = 200_000;
const HUB = 'https://huggingface.co/';
const REVISION = '0123456789abcdef0123456789abcdef01234567';

const lookUp = async (page: Page, address: string): Promise<void> => {
  await page.getByRole('button', { name: 'Other models' }).click();
  await page.getByRole('textbox', { name: 'Manifest address' }).fill(address);
  await page.getByRole('button', { name: 'Look up address' }).click();
};
const take = (page: Page) => page.getByRole('button', { name: 'Download and open' }).click();
const openId = (page: Page) => page.evaluate(() => window.budcache.model?.manifest.id);
const startsOf = ({ asked }: ModelHost): readonly number[] => asked.filter(({ file }) => file === WEIGHTS).map(({ startByte }) => startByte);

/** The page on a host that also names the model's in its policy, as docs/deploy.md says; the model looked up. */
async function withModelHost(
  { studio, page, askedHosts }: { readonly studio: StudioPage; readonly page: Page; readonly askedHosts: string[] },
  fault: (asked: Asked, count: number) => Wrong | null,
  use: (host: ModelHost) => Promise<void>,
): Promise<void> {
  let count = 0;
  const host = await startModelHost(MODEL, (asked) => (asked.file === WEIGHTS ? fault(asked, count++) : null));
  askedHosts.push(host.url);
  const site = await startStaticHost('/', { edit: (_, text) => text.replace("connect-src 'self'", `connect-src 'self' ${host.url}`) });
  try {
    await withHost(site, async (url) => {
      await studio.open({ url, backend: 'wasm' });
      await lookUp(page, `${host.url}manifest.json`);
      await expect(page.getByRole('region', { name: 'Model found' })).toContainText(/Download2\.2 MB/);
      expect(host.asked.map(({ file }) => file)).toEqual(['manifest.json']);
      await use(host);
    });
  } finally {
    await host.close();
  }
}

async function ready({ studio, page }: { readonly studio: StudioPage; readonly page: Page }): Promise<void> {
  await expect.poll(() => openId(page)).toBe(MODEL);
  await expect(studio.generate).toBeEnabled();
}

test('a server that breaks connections is asked for the rest', async ({ studio, page, askedHosts }) => {
  await withModelHost({ studio, page, askedHosts }, (_, count) => (count < 2 ? { cutAfterBytes: PART_BYTES } : null), async (host) => {
    await take(page);
    await ready({ studio, page });
    const starts = startsOf(host);
    expect(starts).toHaveLength(3);
    expect(starts[1]).toBeGreaterThan(0);
    expect(starts[2]).toBeGreaterThan(starts[1] ?? 0);
    await studio.askFor('a red cube on a sandy floor', 3);
    await expect(studio.picture).toBeVisible();
  });
});

test('what has arrived is kept when the person pauses, and told among the stored models', async ({ studio, page, askedHosts }) => {
  let isHealthy = false;
  await withModelHost({ studio, page, askedHosts }, () => (isHealthy ? null : { stallAfterBytes: PART_BYTES }), async (host) => {
    await take(page);
    await expect(page.getByText(/\d+\.\d MB of 2\.2 MB/)).toBeVisible();
    await expect.poll(() => startsOf(host).length).toBe(1);
    // The bytes that were sent are on their way for a moment.
    await page.waitForTimeout(1500);
    await page.getByRole('button', { name: 'Pause download' }).click();
    await expect(page.getByText(/The download is paused/)).toBeVisible();
    await page.getByRole('button', { name: 'Other models' }).click();
    const stored = page.getByRole('list', { name: 'Stored models' });
    await expect(stored.getByRole('listitem').filter({ hasText: 'Micro Z-Image' })).toContainText(/\d\.\d MB of 2\.2 MB/);
    await page.getByRole('button', { name: 'Close' }).click();
    isHealthy = true;
    await page.getByRole('button', { name: 'Resume download' }).click();
    await ready({ studio, page });
    expect(startsOf(host).at(-1)).toBeGreaterThan(0);
  });
});

test('a server that ignores Range gives the file from its beginning', async ({ studio, page, askedHosts }) => {
  await withModelHost({ studio, page, askedHosts }, (_, count) => (count === 0 ? { cutAfterBytes: PART_BYTES } : { ignoresRange: true }), async (host) => {
    await take(page);
    await ready({ studio, page });
    expect(startsOf(host)[1]).toBeGreaterThan(0);
  });
});

test('a file that changed in between is begun anew', async ({ studio, page, askedHosts }) => {
  const older = { cutAfterBytes: PART_BYTES, isCorrupt: true, lastModified: 'Sun, 01 Mar 2026 10:00:00 GMT' };
  await withModelHost({ studio, page, askedHosts }, (_, count) => (count === 0 ? older : null), async (host) => {
    await take(page);
    await ready({ studio, page });
    const starts = startsOf(host);
    expect(starts[1]).toBeGreaterThan(0);
    expect(starts.at(-1)).toBe(0);
  });
});

for (const [what, wrong] of [
  ['corrupts a byte', { isCorrupt: true }],
  ['lies about the length', { missingBytes: 1000 }],
] as const) {
  test(`a server that ${what} is found out, and the right file is taken afterwards`, async ({ studio, page, askedHosts }) => {
    let isHealthy = false;
    await withModelHost({ studio, page, askedHosts }, () => (isHealthy ? null : wrong), async () => {
      await take(page);
      await expect(studio.alert).toContainText(/integrity-mismatch|download-failed/, { timeout: 60_000 });
      await expect(studio.generate).toBeDisabled();
      expect(await openId(page)).toBeUndefined();
      isHealthy = true;
      await page.getByRole('button', { name: 'Try again' }).click();
      await ready({ studio, page });
    });
  });
}

test('the hub is asked when the person says so, with the token, for the pinned commit only', async ({ studio, page, context, askedHosts }) => {
  askedHosts.push(HUB);
  const asked: { readonly path: string; readonly token: string | undefined }[] = [];
  await context.route(`${HUB}**`, async (route) => {
    const request = route.request();
    const path = request.url().slice(HUB.length);
    asked.push({ path, token: request.headers()['authorization'] });
    const body = readFileSync(modelFile(MODEL, path.split('/').at(-1) ?? ''));
    await route.fulfill({ body, headers: { 'access-control-allow-origin': '*', 'content-type': 'application/octet-stream' } });
  });
  await studio.open({ backend: 'wasm' });
  await page.getByRole('button', { name: 'Other models' }).click();
  await page.getByRole('textbox', { name: 'Repository' }).fill('somebody/some-model');
  await page.getByRole('textbox', { name: 'Revision' }).fill('main');
  await page.getByRole('button', { name: 'Look up on Hugging Face' }).click();
  await expect(page.getByText(/a branch could change/)).toBeVisible();
  expect(asked).toEqual([]);

  await page.getByRole('textbox', { name: 'Revision' }).fill(REVISION);
  await page.getByLabel('Access token').fill('hf_secret');
  await page.getByRole('button', { name: 'Look up on Hugging Face' }).click();
  await expect(page.getByRole('region', { name: 'Model found' })).toBeVisible();
  const root = `somebody/some-model/resolve/${REVISION}/`;
  expect(asked).toEqual([{ path: `${root}manifest.json`, token: 'Bearer hf_secret' }]);
  await take(page);
  await ready({ studio, page });
  expect(asked.every(({ path, token }) => path.startsWith(root) && token === 'Bearer hf_secret')).toBe(true);
  const kept = await page.evaluate(() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), location.href]));
  expect(kept).not.toContain('hf_secret');

  const before = asked.length;
  await page.reload();
  await expect(studio.generate).toBeEnabled();
  expect(await openId(page)).not.toBe(MODEL);
  expect(asked).toHaveLength(before);
});

test('files of this machine are taken, opened from the store after a reload, and deleted', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await page.getByRole('button', { name: 'Other models' }).click();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose files' }).click();
  await (await chooser).setFiles(readdirSync(modelFile(MODEL, '.')).map((file) => modelFile(MODEL, file)));
  await take(page);
  await ready({ studio, page });

  await page.reload();
  await expect(studio.generate).toBeEnabled();
  await page.getByRole('button', { name: 'Other models' }).click();
  const stored = page.getByRole('list', { name: 'Stored models' });
  await expect(stored.getByRole('listitem')).toHaveCount(2);
  await stored.getByRole('button', { name: /^Open Micro Z-Image/ }).click();
  await ready({ studio, page });

  await page.getByRole('button', { name: 'Other models' }).click();
  await stored.getByRole('button', { name: /^Delete Micro Z-Image/ }).click();
  await expect(stored.getByRole('listitem')).toHaveCount(1);
});
