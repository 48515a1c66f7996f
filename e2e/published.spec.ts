/** Schedules that others published: added at their own steps, mapped to others on request, and never taken for verified. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from './fixtures/test.ts';

test('a published schedule joins the library as it is, and its mapped copy keeps the budget', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await page.getByText('Published schedules').click();
  const schedule = page.getByRole('combobox', { name: 'Published schedule' });
  await expect(schedule.getByRole('option')).toHaveCount(29);
  await schedule.selectOption('BudCache, 9 of 50 steps');
  await expect(page.getByText(/Golden-Path-Hypothesis.*Not verified on this model/)).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.getByRole('button', { name: 'Add to library' }).click();

  const item = (name: string) =>
    page.getByRole('region', { name: 'Policy library' }).getByRole('listitem').filter({ has: page.getByRole('heading', { name, exact: true }) });
  const published = item('BudCache, 9 of 50 steps');
  await expect(published).toContainText('Not verified on this model');
  await expect(published).toContainText('For 50 steps');
  await published.getByRole('button', { name: /^Map/ }).click();
  const mapped = item('BudCache, 9 of 50 steps, mapped to 28');
  await expect(mapped).toContainText('Not verified on this model');
  await expect(mapped).toContainText('9 of 28');
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^9 of 28/);
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(studio.picture).toBeVisible();
  await expect(studio.timelineSteps(/Step \d+: computed, .* ms/)).toHaveCount(9);
});

test('for an architecture without published schedules the page says so', async ({ studio, page }) => {
  await studio.open({ model: 'micro-z-image', backend: 'wasm' });
  await page.getByText('Published schedules').click();
  await expect(page.getByText('None is known for this model’s architecture.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add to library' })).toBeDisabled();
});
