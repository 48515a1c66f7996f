/** The policy library: what there is, what it costs and is worth, and every way in and out of it. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PolicyFile } from '../src/core/policy.ts';
import { openManifest } from './fixtures/engine.ts';
import type { StudioPage } from './fixtures/studio-page.ts';
import { expect, test } from './fixtures/test.ts';

const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'core', 'import', 'fixtures');
const OFFICIAL = 'flux_28nfe10_h3f9a2c';

const library = (page: Page): Locator => page.getByRole('region', { name: 'Policy library' });
const policy = (page: Page, name: string): Locator =>
  library(page).getByRole('listitem').filter({ has: page.getByRole('heading', { name, exact: true }) });

async function importFixture(studio: StudioPage, page: Page, name: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await studio.importPolicy.click();
  await (await chooser).setFiles(join(FIXTURES, name));
}

async function importMask(page: Page, mask: string): Promise<void> {
  await page.getByRole('combobox', { name: 'cache-dit mask' }).fill(mask);
  await page.getByRole('button', { name: 'Import mask' }).click();
}

test('shipped policies are listed with cost and worth, tell their evidence, and can be used', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await expect(library(page).getByRole('listitem')).toHaveCount(4);
  const six = policy(page, '6 of 28 steps');
  await expect(six).toContainText('Shipped with the page');
  await expect(six).toContainText(/Worth[\d.]+ dB/);
  await expect(six).toContainText(/This machineabout [\d.]+ s/, { timeout: 90_000 });
  await six.getByRole('button', { name: /^Details/ }).click();
  await expect(six).toContainText(/Close to the full run[\d.]+ dB latent PSNR/);
  await expect(six).toContainText(/Provenance.*BudCache/);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await expect(six.getByRole('button', { name: /^Remove/ })).toHaveCount(0);
  await six.getByRole('button', { name: /^Use/ }).click();
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^6 of 28/);
  await expect(six).toContainText('In use');
  await expect(page.getByRole('combobox', { name: 'Policy' })).toContainText('6 of 28 steps');
});

test('an official BudCache file is imported as unverified, runs, and comes back after its removal', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await importFixture(studio, page, `${OFFICIAL}.pt`);
  await expect(page.getByText(/imported and is selected: 10 of 28 steps. It is not verified/)).toBeVisible();
  await expect(policy(page, OFFICIAL)).toContainText('Not verified on this model');
  await expect(page.getByRole('combobox', { name: 'Policy' }).locator('option:checked')).toHaveText(/not verified on this model/);
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(studio.picture).toBeVisible();
  await expect(studio.timelineSteps(/Step \d+: computed, .* ms/)).toHaveCount(10);

  await policy(page, OFFICIAL).getByRole('button', { name: /^Remove/ }).click();
  await expect(policy(page, OFFICIAL)).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(policy(page, OFFICIAL)).toContainText('In use');
  await page.reload();
  await expect(policy(page, OFFICIAL)).toContainText('In use');
});

test('what is no policy for this model is refused with its code and its reason', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  const refused: ReadonlyArray<readonly [file: string, told: RegExp]> = [
    ['refused-code.pt', /pickle-unsupported[^]*posix\.system/],
    ['refused-legacy.pt', /zip-unsupported/],
    ['official-search-history.pt', /layout-unknown/],
    ['official-stage1-wan.pt', /policy-mismatch[^]*architecture/],
  ];
  for (const [file, told] of refused) {
    await importFixture(studio, page, file);
    await expect(studio.alert, file).toContainText(file);
    await expect(studio.alert, file).toContainText(told);
  }
  await importMask(page, '0110');
  await expect(studio.alert).toContainText(/policy-invalid[^]*first computed step/);
  await expect(library(page).getByRole('listitem')).toHaveCount(4);
});

test('a mask of cache-dit is checked against the full run, and is then bound with what it was found to be worth', async ({ studio, page }) => {
  test.setTimeout(400_000);
  await studio.open({ backend: 'wasm' });
  await importMask(page, 'ultra');
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^8 of 28/);
  await expect(policy(page, 'cache-dit ultra')).toContainText('Worthnot known');
  await policy(page, 'cache-dit ultra').getByRole('button', { name: /^Check/ }).click();
  await expect(page.getByText(/^Check 1 of \d, full run:/)).toBeVisible();
  await expect(page.getByText(/was checked on this model: [\d.]+ dB/)).toBeVisible({ timeout: 180_000 });
  const checked = policy(page, 'cache-dit ultra (checked)');
  await expect(checked).toContainText('Made in this browser');
  await expect(checked).toContainText('In use');
  await expect(checked).not.toContainText('Not verified');
  await expect(checked).toContainText(/Worth[\d.]+ dB \([\d.]+ to [\d.]+\)/);
  await expect(page.getByRole('region', { name: 'Gallery' }).getByRole('listitem')).toHaveCount(0);
});

test('a policy for other steps waits in the library until those are chosen', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await importMask(page, '110100');
  await expect(page.getByText(/can be used where Steps is 6/)).toBeVisible();
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /of 28/);
  await expect(policy(page, 'mask of 6 steps')).toContainText('For 6 steps');
  await page.getByRole('button', { name: 'Use 6 steps' }).click();
  await expect(page.getByRole('spinbutton', { name: 'Steps', exact: true })).toHaveValue('6');
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^3 of 6/);
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(studio.timelineSteps(/Step \d+: computed, .* ms/)).toHaveCount(3);
});

test('a multistep policy is a budget of its own, and is compared with the usual full run', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  const { id, binding } = await openManifest(page);
  const sigmas = [1, 0.8, 0.6, 0.4, 0.2, 0];
  const multistep: PolicyFile = {
    format: 'budcache-policy/1',
    name: 'five of its own',
    model: { kind: 'bound', id, binding },
    stepCount: 5,
    sigmas,
    computedSteps: [0, 1, 2, 3, 4],
    payload: 'multistep',
    coefficients: [0, 1, 2, 3, 4].map((stepIndex) => ({ stepIndex, basis: 'velocities', weights: stepIndex === 0 ? [1] : [1.2, -0.2] })),
    evidence: null,
    provenance: 'written by a test',
  };
  await studio.importFile('multistep.json', JSON.stringify(multistep));
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^5 of 28/);
  await expect(page.getByText(/5 steps of its own in place of 28/)).toBeVisible();
  await expect(policy(page, 'five of its own')).toContainText('Multistep');
  await studio.prompt.fill('a red cube on a sandy floor');
  await studio.compare.click();
  await expect(studio.result).toContainText(/PSNR\D*\d+\.\d dB/, { timeout: 60_000 });
  await expect(studio.result).toContainText(/Full run, 28 steps/);
});
