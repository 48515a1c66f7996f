/**
 * The WASM path in another engine: the same recipes in Firefox and in Chromium, with `npm run build && npm run
 * bench:firefox`. Needs a Firefox (Debian: `apt-get install firefox-esr`), on the path or named in FIREFOX_PATH;
 * a missing one is an error, and so is a picture that differs. Driven by WebDriver BiDi, which Firefox has of its own.
 *
 * In each browser the page makes a picture as a person would, then the console API makes the same recipes in both, and
 * their latents and pixels are compared. Writes bench/results/firefox-wasm.json.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromiumPath, withServer } from './built-page.ts';
import { keepComparison } from './engine-pictures.ts';
import { runIn } from './puppeteer-pictures.ts';

function findFirefox(): string {
  const named = process.env['FIREFOX_PATH'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = named ?? ['firefox', 'firefox-esr'].flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
  if (found === undefined) throw new Error('No Firefox. Install one, or name it in FIREFOX_PATH.');
  return found;
}

const firefoxPath = findFirefox();
await withServer(async (address) => {
  const chromium = await runIn('chrome', chromiumPath(), address);
  const firefox = await runIn('firefox', firefoxPath, address);
  keepComparison('firefox', firefox, chromium);
});
