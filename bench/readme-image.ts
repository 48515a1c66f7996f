/**
 * The README's picture of the page: `npm run build && npm run readme:image`. A budgeted run beside its full run, by the
 * bundled model on WASM, at the size of a laptop's window.
 */
import { withBuiltPage } from './built-page.ts';

const PROMPT = 'a big matte yellow cone on grass on a sunny day';
const FILE = 'docs/images/page.png';
const PATIENCE_MS = 150_000;

await withBuiltPage({}, async (browser, address) => {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`${address}?backend=wasm`);
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
});
