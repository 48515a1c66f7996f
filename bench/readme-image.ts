/**
 * The README's picture of the page: `npm run build && npm run readme:image`. A budgeted run beside its full run, by the
 * bundled model on WASM, at the size of a laptop's window.
 */
import { chromium } from '@playwright/test';
import { preview } from 'vite';
import { findBrowser } from '../scripts/find-browser.mjs';

const PROMPT = 'a big matte yellow cone on grass on a sunny day';
const FILE = 'docs/images/page.png';
const PATIENCE_MS = 150_000;

const executablePath = findBrowser();
if (executablePath === null) throw new Error('No Chromium. Run: node scripts/ensure-setup.mjs browser');
const server = await preview({ preview: { port: 0 }, logLevel: 'silent' });
const browser = await chromium.launch({ executablePath, args: ['--disable-quic', '--no-first-run'] });
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`${server.resolvedUrls?.local[0] ?? ''}?backend=wasm`);
  const generate = page.getByRole('button', { name: 'Generate' });
  // Once this machine is measured, the budget says its seconds.
  await page.locator('#budget-prediction').getByText(/\d/).waitFor();
  await page.getByRole('textbox', { name: 'Prompt' }).fill(PROMPT);
  await generate.click();
  await page.getByRole('img', { name: 'Generated image' }).waitFor();
  await generate.waitFor();
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByRole('slider', { name: 'Split' }).waitFor();
  await page.getByRole('region', { name: 'Result' }).getByText(/\d dB/).first().waitFor();
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: FILE });
  console.log(FILE);
} finally {
  await browser.close();
  await server.close();
}
