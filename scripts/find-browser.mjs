/** Which Chromium the tests drive. Node built-ins only, except Playwright's own download once it is installed. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, isAbsolute, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const FIXED = [
  '/usr/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Where Playwright keeps its own Chromium, whether or not it starts; null when it was never downloaded. */
export function playwrightBrowserPath() {
  try {
    const { chromium } = createRequire(import.meta.url)('@playwright/test');
    const path = String(chromium.executablePath());
    return existsSync(path) ? path : null;
  } catch {
    return null;
  }
}

/** @param {string} path */
function starts(path) {
  if (!isAbsolute(path) || !existsSync(path)) return false;
  // Chrome on Windows opens a window for --version; that the file is there must do.
  if (process.platform === 'win32') return true;
  return spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 30_000 }).status === 0;
}

/**
 * The first browser that starts: the one named in CHROMIUM_PATH, one on the system, Playwright's own.
 * Null when there is none. A CHROMIUM_PATH that does not start is an error, not a hint.
 * @returns {string | null}
 */
export function findBrowser() {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') {
    if (!starts(named)) throw new Error(`CHROMIUM_PATH does not name a browser that starts: ${named}`);
    return named;
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const own = playwrightBrowserPath();
  const candidates = [...FIXED, ...onPath, ...(own === null ? [] : [own])];
  return candidates.find(starts) ?? null;
}
