/** A search for policies in the page, with the micro model: its policy means nothing, its way does. */
import type { Locator, Page } from '@playwright/test';
import { AxeBuilder } from '@axe-core/playwright';
import { openManifest, run } from './fixtures/engine.ts';
import { killWorker } from './fixtures/engine-worker.ts';
import { SHORT_RUN } from './fixtures/requests.ts';
import type { StudioPage } from './fixtures/studio-page.ts';
import { expect, test } from './fixtures/test.ts';

interface StoredPolicy {
  readonly source: string;
  readonly file: { readonly model: unknown; readonly computedSteps: readonly number[]; readonly coefficients?: readonly unknown[]; readonly evidence: { readonly evaluations: number; readonly search: string } | null };
}

/** The search's own part of the page. */
class SearchPanel {
  readonly page: Page;
  readonly start: Locator;
  readonly pause: Locator;
  readonly goOn: Locator;
  readonly stop: Locator;
  readonly result: Locator;

  constructor(page: Page) {
    this.page = page;
    this.start = page.getByRole('button', { name: 'Start search' });
    this.pause = page.getByRole('button', { name: 'Pause search' });
    this.goOn = page.getByRole('button', { name: 'Continue search' });
    this.stop = page.getByRole('button', { name: 'Stop search' });
    this.result = page.getByRole('group', { name: 'Search result' });
  }

  async begin(budget: number, seconds: number): Promise<void> {
    await this.page.getByRole('button', { name: 'Search policies' }).click();
    await this.page.getByRole('spinbutton', { name: 'Search budget' }).fill(String(budget));
    await this.page.getByRole('spinbutton', { name: 'Effort, seconds' }).fill(String(seconds));
    await this.page.getByRole('spinbutton', { name: 'How many' }).fill('2');
    await this.page.getByRole('combobox', { name: 'Calibrate on' }).selectOption({ index: 1 });
    // Waits for the machine to be measured.
    await expect(this.start).toBeEnabled({ timeout: 180_000 });
    await this.start.click();
  }

  /** Real runs spent so far. */
  async realRuns(): Promise<number> {
    const text = await this.page.getByText(/^\d+ of at most \d+$/).textContent({ timeout: 180_000 });
    return Number.parseInt(text ?? '', 10);
  }

  async untilRealRuns(count: number): Promise<void> {
    await expect.poll(() => this.realRuns(), { timeout: 120_000 }).toBeGreaterThanOrEqual(count);
  }

  ownPolicies(): Promise<StoredPolicy[]> {
    return this.page.evaluate(async () => {
      const console = window.budcache as unknown as { policies(): Promise<StoredPolicy[]> };
      return (await console.policies()).filter(({ source }) => source === 'own');
    });
  }
}

const violations = async (page: Page): Promise<string[]> => {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
};

const reopen = async (studio: StudioPage): Promise<void> => {
  await studio.page.reload();
  await expect(studio.generate).toBeEnabled({ timeout: 60_000 });
};

test('a search goes on after a reload, lets pictures through, and ends with a bound policy and an honest comparison', async ({ studio, page }) => {
  // Its effort is foretold from what this machine was measured to take; a busy one takes longer.
  test.setTimeout(600_000);
  const panel = new SearchPanel(page);
  await studio.open({ backend: 'wasm' });
  await panel.begin(8, 120);
  await panel.untilRealRuns(8);
  await expect(page.getByRole('img', { name: /^Best mask: computes steps 1, .* of 28$/ })).toBeVisible();

  // Generate stays usable, and the search is still under way afterwards.
  await studio.askFor('a blue cone', 5);
  await expect(studio.picture).toBeVisible();
  await expect(panel.pause).toBeVisible();
  const before = await panel.realRuns();
  await reopen(studio);
  await expect(page.getByText('The search is paused.')).toBeVisible();
  await panel.goOn.click();
  // What was paid for before the reload is not paid for again.
  await panel.untilRealRuns(before);
  expect(await violations(page), 'while it searches').toEqual([]);
  await expect(panel.result).toBeVisible({ timeout: 220_000 });
  await expect(panel.result).toContainText(/dB against .* dB, a difference of [+−]\d/);
  await expect(panel.result).toContainText(/paid for itself after \d+ pictures?\./);
  await expect(panel.result).toContainText(/Skipped steps (?:take sums of outputs fitted to this mask|reuse the last residual)/);
  expect(await violations(page), 'with a result').toEqual([]);

  const [own] = await panel.ownPolicies();
  const { id, binding } = await openManifest(page);
  expect(own?.file.model).toEqual({ kind: 'bound', id, binding });
  expect(own?.file.computedSteps).toHaveLength(8);
  expect(own?.file.computedSteps[0]).toBe(0);
  expect(own?.file.coefficients?.length ?? 20).toBe(20);
  expect(own?.file.evidence?.evaluations).toBeGreaterThan(before);
  expect(own?.file.evidence?.search).toContain('Compared with');

  await page.getByRole('button', { name: 'Use this policy' }).click();
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^8 of 28/);
  await studio.generate.click();
  for (const step of own?.file.computedSteps ?? []) await expect(studio.timelineSteps(new RegExp(`Step ${step + 1}: computed, `))).toBeVisible();

  // The result outlives the page; what it learned on the way is gone.
  await reopen(studio);
  await expect(panel.result).toBeVisible();
  expect(await panel.ownPolicies()).toHaveLength(1);
});

test('a search is paused and gone on with, and forgotten when stopped', async ({ studio, page }) => {
  const panel = new SearchPanel(page);
  await studio.open({ backend: 'wasm' });
  await panel.begin(7, 120);
  await panel.untilRealRuns(4);
  await panel.pause.click();
  await expect(panel.goOn).toBeEnabled();
  const paused = await panel.realRuns();
  await panel.goOn.click();
  await panel.untilRealRuns(paused + 2);
  await panel.stop.click();
  await expect(panel.stop).toBeHidden();
  await expect(panel.start).toBeEnabled();
  await reopen(studio);
  await expect(panel.goOn).toBeHidden();
  expect(await panel.ownPolicies()).toEqual([]);
});

test('a search whose worker dies says so, and goes on with all that it had learned', async ({ studio, page }) => {
  const panel = new SearchPanel(page);
  await studio.open({ backend: 'wasm' });
  await panel.begin(7, 120);
  await panel.untilRealRuns(6);
  const before = await panel.realRuns();
  await killWorker(page, 'search');
  await expect(page.getByText(/The search worker ended without a word/)).toBeVisible();
  await panel.goOn.click();
  await panel.untilRealRuns(before + 2);
  await panel.stop.click();
  await expect(panel.stop).toBeHidden();
});

// The software adapter takes a minute for a full run with its reuse errors, and reads back hundreds of times for it.
test('on WebGPU a search learns too, and a picture made in its midst still reads nothing back', async ({ studio, page }) => {
  test.setTimeout(1_200_000);
  const panel = new SearchPanel(page);
  await studio.open({ backend: 'webgpu' });
  await panel.begin(4, 60);
  await expect(panel.pause).toBeVisible();
  const { trace } = await run(page, SHORT_RUN);
  expect([trace.backend, trace.loopReadbackBytes]).toEqual(['webgpu', 0]);
  await expect.poll(() => panel.realRuns(), { timeout: 900_000 }).toBeGreaterThanOrEqual(1);
  await panel.stop.click();
  await expect(panel.stop).toBeHidden({ timeout: 120_000 });
  await expect(studio.alert).toHaveCount(0);
});

test('the curve shows what is known, and a chosen point draws the prompt', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  const curve = page.getByRole('region', { name: 'Quality and budget' });
  // Drawn before anybody scrolls to it.
  await expect(curve.locator('canvas')).toBeVisible();
  await expect(curve.getByRole('row')).toHaveCount(1 + 4 + 1);
  await expect(curve.getByRole('row', { name: /6 of 28 steps/ })).toContainText(/\d dB/);
  await curve.getByRole('button', { name: 'Draw with 6 of 28 steps' }).click();
  await expect(studio.picture).toBeVisible();
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^6 of 28/);

  await studio.compare.click();
  await expect(curve.getByRole('row', { name: /compared/ })).toContainText(/\d dB/);
  expect(await violations(page)).toEqual([]);

  // The same choice by pointer: the leftmost point is the smallest budget.
  await studio.budget.press('End');
  const plot = curve.locator('.u-over');
  const { width, height } = (await plot.boundingBox()) ?? { width: 0, height: 0 };
  const spot = await findPoint(plot, width, height);
  await plot.click({ position: spot });
  await expect(studio.budget).not.toHaveAttribute('aria-valuetext', /^28 of 28/);
});

/** A place where the plot says that there is a point. */
async function findPoint(plot: Locator, width: number, height: number): Promise<{ readonly x: number; readonly y: number }> {
  for (let x = 4; x < width; x += 12) {
    for (let y = 4; y < height; y += 12) {
      await plot.hover({ position: { x, y } });
      if ((await plot.getAttribute('title')) !== '' && (await plot.getAttribute('title')) !== null) return { x, y };
    }
  }
  throw new Error('There is no point on the plot.');
}
