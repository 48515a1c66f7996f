/**
 * Does whatever set-up a fresh clone lacks. `node scripts/ensure-setup.mjs packages [browser]`.
 * Node built-ins only: it runs before any package exists.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBrowser, playwrightBrowserPath } from './find-browser.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Runs a command with its output shown; false when it fails or does not exist.
 * @param {string} command
 * @param {readonly string[]} args
 */
function succeeds(command, args) {
  console.log(`> ${command} ${args.join(' ')}`);
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' }).status === 0;
}

/** npm writes node_modules/.package-lock.json last, so its age is the age of a complete install. */
function packagesAreCurrent() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  return statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

function ensurePackages() {
  if (packagesAreCurrent()) return;
  if (!succeeds('npm', ['ci'])) fail('npm ci failed: the packages could not be installed.');
}

/** An existing browser, else Playwright's download, else the distribution's package. Never a skip. */
function ensureBrowser() {
  if (findBrowser() !== null) return;
  console.log('No Chromium found; installing one for the tests.');
  if (succeeds('npx', ['playwright', 'install', '--no-shell', 'chromium']) && playwrightBrowserPath() !== null) {
    if (findBrowser() !== null) return;
    // Downloaded but unable to start: a bare system lacks its shared libraries.
    if (succeeds('npx', ['playwright', 'install-deps', 'chromium']) && findBrowser() !== null) return;
  }
  const isRoot = process.getuid?.() === 0;
  if (isRoot && succeeds('apt-get', ['update']) && succeeds('apt-get', ['install', '-y', 'chromium'])) {
    if (findBrowser() !== null) return;
  }
  fail('No Chromium could be found or installed. Install one, or name it in CHROMIUM_PATH.');
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(message);
  process.exit(1);
}

const wanted = process.argv.slice(2);
const steps = { packages: ensurePackages, browser: ensureBrowser };
for (const name of wanted) {
  if (name === 'packages' || name === 'browser') steps[name]();
  else fail(`Unknown set-up step "${name}".`);
}
