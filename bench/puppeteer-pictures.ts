/** The recipes of engine-pictures.ts in a browser that puppeteer drives: Chromium, or Firefox by WebDriver BiDi. */
import puppeteer from 'puppeteer-core';
import type { Page, SupportedBrowser } from 'puppeteer-core';
import { argumentsOf, BUDGETS, LIMIT_MS, makeInPage, MODELS } from './engine-pictures.ts';
import type { EngineRun, Made } from './engine-pictures.ts';

/** By the page's own buttons. */
async function makeByHand(page: Page): Promise<void> {
  await page.locator('#generate:not(:disabled)').setTimeout(LIMIT_MS).click();
  await page.waitForSelector('#picture-canvas:not([hidden])', { timeout: LIMIT_MS });
}

export async function runIn(browserName: SupportedBrowser, executablePath: string, address: string): Promise<EngineRun> {
  const args = browserName === 'chrome' ? ['--no-sandbox', '--disable-quic'] : [];
  const browser = await puppeteer.launch({ browser: browserName, executablePath, args, headless: true, protocolTimeout: LIMIT_MS });
  try {
    const made: Made[] = [];
    for (const model of MODELS) {
      const page = await browser.newPage();
      await page.goto(`${address}?model=${model}&backend=wasm`);
      await makeByHand(page);
      for (const nfe of BUDGETS) made.push(await page.evaluate(makeInPage, ...argumentsOf(model, nfe)));
      await page.close();
    }
    return { version: await browser.version(), made };
  } finally {
    await browser.close();
  }
}
