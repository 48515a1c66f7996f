/** The settings beside the prompt: steps, seconds, several seeds, the queue, the keys, another model. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import type { StudioPage } from './fixtures/studio-page.ts';
import { expect, test } from './fixtures/test.ts';

const PROMPT = 'a red cube on a sandy floor';
/** Long enough on any machine for a job to be met in the middle. */
const LONG_RUN = { steps: '300', pictures: '16' };

const spin = (page: Page, name: string): Locator => page.getByRole('spinbutton', { name, exact: true });
const seedCells = (page: Page): Locator => page.getByRole('region', { name: 'Pictures by seed' }).getByRole('button');
const jobs = (page: Page): Locator => page.getByRole('region', { name: 'Queue' }).getByRole('listitem');

async function askForLongJob(studio: StudioPage, page: Page): Promise<void> {
  await spin(page, 'Steps').fill(LONG_RUN.steps);
  await spin(page, 'Pictures').fill(LONG_RUN.pictures);
  await studio.askFor(PROMPT, 7);
  await expect(page.getByText(/^Picture 1 of 16: step [1-9]/)).toBeVisible({ timeout: 60_000 });
}

async function expectNoViolations(page: Page, state: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`), state).toEqual([]);
}

test('another number of steps offers the full run only, says so, and goes back', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await expect(spin(page, 'Steps')).toHaveValue('28');
  await spin(page, 'Steps').fill('12');
  await expect(page.getByText(/made for 28 steps. With 12, only the full run/)).toBeVisible();
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^12 of 12/);
  await expect(studio.budget).toBeDisabled();
  await studio.askFor(PROMPT, 3);
  await expect(studio.picture).toBeVisible();
  await expect(studio.timelineSteps(/Step \d+: computed, .* ms/)).toHaveCount(12);
  await page.getByRole('button', { name: 'Back to 28 steps' }).click();
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /of 28/);
  await expect(spin(page, 'Steps')).toBeFocused();
});

test('a limit of seconds takes the largest budget that keeps it, and says so', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /[\d.]+ s$/, { timeout: 90_000 });
  const limit = spin(page, 'Seconds at most');
  await limit.fill('9999');
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^28 of 28/);
  await expect(page.getByText(/The largest budget within 166 min/)).toBeVisible();
  await limit.fill('0.0001');
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^6 of 28/);
  await expect(page.getByText(/Nothing here stays within/)).toBeVisible();
  // Whoever moves the slider means the steps.
  await studio.budget.press('ArrowRight');
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^8 of 28/);
  await expect(limit).toHaveValue('');
});

test('several seeds fill a grid, each from a run of its own', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await spin(page, 'Pictures').fill('3');
  await studio.seed.fill('7');
  await expect(page.getByText('3 pictures: seeds 7 to 9')).toBeVisible();
  await studio.askFor(PROMPT, 7);
  await expect(page.getByText('3 of 3 are done')).toBeVisible({ timeout: 60_000 });
  await expect(seedCells(page)).toHaveText(['Seed 7', 'Seed 8', 'Seed 9']);
  const pictures = await seedCells(page).evaluateAll((cells) => cells.map((cell) => cell.querySelector('canvas')?.toDataURL()));
  expect(new Set(pictures).size).toBe(3);
  await expect(studio.result).toContainText('seed 9');
  await seedCells(page).first().click();
  await expect(studio.result).toContainText('seed 7');
  await expect(seedCells(page).first()).toHaveAttribute('aria-pressed', 'true');
  await expectNoViolations(page, 'with a grid');
});

test('Cancel ends several seeds within one step and keeps what is done', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await askForLongJob(studio, page);
  await studio.cancel.click();
  await expect(studio.generate).toBeEnabled();
  await expect(seedCells(page)).toHaveCount(16);
  await expect(seedCells(page).last()).toContainText('cancelled');
  await expect(seedCells(page).filter({ hasText: /running|waiting/ })).toHaveCount(0);
  await expect(studio.alert).toHaveCount(0);
});

test('jobs asked for meanwhile wait in sight, can be taken out, and run in their order', async ({ studio, page }) => {
  test.setTimeout(400_000);
  await studio.open({ backend: 'wasm' });
  const add = page.getByRole('button', { name: 'Add to queue' });
  await expect(add).toBeHidden();
  await askForLongJob(studio, page);
  await spin(page, 'Steps').fill('4');
  await spin(page, 'Pictures').fill('1');
  for (const seed of ['21', '22', '23']) {
    await studio.seed.fill(seed);
    await add.click();
  }
  await expect(jobs(page)).toHaveText([/seed 21/, /seed 22/, /seed 23/]);
  await expectNoViolations(page, 'with a queue');
  await page.getByRole('button', { name: /^Remove from the queue: .*seed 22/ }).click();
  await expect(jobs(page)).toHaveText([/seed 21/, /seed 23/]);
  await studio.cancel.click();
  await expect(studio.result).toContainText('seed 23', { timeout: 60_000 });
  await expect(page.getByRole('region', { name: 'Queue' })).toBeHidden();
  await expect(studio.generate).toBeEnabled();
});

test('words that the model never learned are named while they are typed', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await studio.prompt.fill('');
  await studio.prompt.pressSequentially('a zebra on a re');
  await expect(page.getByText('The model never learned “zebra” and may ignore it.')).toBeVisible();
  await studio.seed.focus();
  await expect(page.getByText('never learned “zebra”, “re”')).toBeVisible();
  await studio.prompt.fill('a red cube');
  await expect(page.getByText('never learned')).toBeHidden();
  await expect(studio.alert).toHaveCount(0);
});

test('keys do what the page says, and leave text fields alone', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await page.keyboard.press('?');
  await expect(dialog).toContainText('Random seed');
  await expectNoViolations(page, 'with the shortcuts');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  await page.getByRole('button', { name: 'Random seed' }).focus();
  const seed = await studio.seed.inputValue();
  await page.keyboard.press('r');
  await expect(studio.seed).not.toHaveValue(seed);
  await page.keyboard.press(']');
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^14 of 28/);
  await page.keyboard.press('p');
  await expect(studio.prompt).toBeFocused();
  await page.keyboard.press('ControlOrMeta+A');
  const chosen = await studio.seed.inputValue();
  await page.keyboard.type('a red cup?');
  await expect(studio.prompt).toHaveValue('a red cup?');
  await expect(studio.seed).toHaveValue(chosen);
  await page.keyboard.press('Control+Enter');
  await expect(studio.picture).toBeVisible();

  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await dialog.getByRole('checkbox').uncheck();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.keyboard.press('r');
  await expect(studio.seed).toHaveValue(chosen);
});

test('another model opens in place, with the prompt and the seed kept', async ({ studio, page }) => {
  test.setTimeout(400_000);
  await studio.open({ backend: 'wasm' });
  const model = page.getByRole('combobox', { name: 'Model' });
  await expect(model.getByRole('option')).toHaveText([/^Scenes/, /^Micro \(/, /^Micro Z-Image/]);
  await studio.prompt.fill(PROMPT);
  await studio.seed.fill('77');
  await model.selectOption({ label: 'Scenes' });
  await expect(page).toHaveURL(/model=scenes/);
  await expect(studio.generate).toBeEnabled({ timeout: 180_000 });
  await expect(studio.prompt).toHaveValue(PROMPT);
  await expect(studio.seed).toHaveValue('77');
  expect(await page.evaluate(() => window.budcache.model?.manifest.id)).toBe('scenes');
});
