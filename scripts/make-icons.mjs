/**
 * Draws the installed page's icons from public/icons/icon.svg: `node scripts/make-icons.mjs`.
 * Systems cut maskable icons and Apple's to their own shape, so those fill their square and keep to its middle.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { findBrowser } from './find-browser.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'public', 'icons');
const drawing = readFileSync(join(folder, 'icon.svg'), 'utf8');

/** The drawing's own square with its round corners filled. */
const square = drawing.replace(/ rx="7"/, '');

/** Inside the circle that every shape keeps: 80 % of the width. */
const maskable = square.replace('viewBox="0 0 32 32"', 'viewBox="-3 -3 38 38" style="background:#1d5c3f"');

const icons = [
  { file: 'icon-192.png', pixels: 192, svg: drawing },
  { file: 'icon-512.png', pixels: 512, svg: drawing },
  { file: 'icon-180.png', pixels: 180, svg: square },
  { file: 'icon-maskable-512.png', pixels: 512, svg: maskable },
];

const executablePath = findBrowser();
if (executablePath === null) throw new Error('No Chromium. Run: node scripts/ensure-setup.mjs packages browser');
const browser = await chromium.launch({ executablePath });
try {
  for (const { file, pixels, svg } of icons) {
    const page = await browser.newPage({ viewport: { width: pixels, height: pixels } });
    await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${svg}`);
    writeFileSync(join(folder, file), await page.screenshot({ omitBackground: true }));
    await page.close();
  }
} finally {
  await browser.close();
}
