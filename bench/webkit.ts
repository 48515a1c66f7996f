/**
 * The WASM path in Safari's engine: the same recipes in WebKitGTK's MiniBrowser and in Chromium, with `npm run build &&
 * npm run bench:webkit`. Needs WebKitWebDriver and a display (Debian: `apt-get install webkit2gtk-driver xvfb`); MiniBrowser
 * elsewhere than Debian has it is named in MINIBROWSER_PATH. What is missing is an error, and so is a picture that differs.
 *
 * In each browser the page makes a picture as a person would, then the console API makes the same recipes in both, and
 * their latents and pixels are compared. Writes bench/results/webkit-wasm.json.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { chromiumPath, withServer } from './built-page.ts';
import { argumentsOf, BUDGETS, keepComparison, LIMIT_MS, makeInPage, MODELS } from './engine-pictures.ts';
import type { EngineRun, Made } from './engine-pictures.ts';
import { runIn } from './puppeteer-pictures.ts';

const PORT = 4479;
const START_LIMIT_MS = 20_000;
const miniBrowser = process.env['MINIBROWSER_PATH'] ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';

async function command(method: 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${PORT}${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const { value } = (await response.json()) as { readonly value: unknown };
  if (!response.ok) throw new Error(`${path}: ${JSON.stringify(value).slice(0, 500)}`);
  return value;
}

/** What a script in the page gives; a rejection there is one here. */
async function evaluate(session: string, script: string, args: readonly unknown[] = []): Promise<unknown> {
  const wrapped = `const done = arguments[arguments.length - 1];
    (${script})(...[...arguments].slice(0, -1)).then((value) => done({ value }), (error) => done({ problem: String(error) }));`;
  const { value, problem } = (await command('POST', `${session}/execute/async`, { script: wrapped, args })) as { value?: unknown; problem?: string };
  if (problem !== undefined) throw new Error(problem);
  return value;
}

/** By the page's own buttons. */
const MAKE_BY_HAND = `async () => {
  const until = async (isReached) => { while (!isReached()) await new Promise((resolve) => setTimeout(resolve, 50)); };
  const generate = document.querySelector('#generate');
  await until(() => !generate.disabled);
  generate.click();
  await until(() => !document.querySelector('#picture-canvas').hidden);
}`;

async function runInWebKit(address: string): Promise<EngineRun> {
  const options = { 'webkitgtk:browserOptions': { binary: miniBrowser, args: ['--automation'] } };
  const started = (await command('POST', '/session', { capabilities: { alwaysMatch: options } })) as {
    readonly sessionId: string;
    readonly capabilities: { readonly browserName: string; readonly browserVersion: string };
  };
  const session = `/session/${started.sessionId}`;
  try {
    await command('POST', `${session}/timeouts`, { script: LIMIT_MS, pageLoad: LIMIT_MS });
    const made: Made[] = [];
    for (const model of MODELS) {
      await command('POST', `${session}/url`, { url: `${address}?model=${model}&backend=wasm` });
      await evaluate(session, MAKE_BY_HAND);
      for (const nfe of BUDGETS) made.push((await evaluate(session, makeInPage.toString(), argumentsOf(model, nfe))) as Made);
    }
    const { browserName, browserVersion } = started.capabilities;
    return { version: `WebKitGTK ${browserName} ${browserVersion}`, made };
  } finally {
    await command('DELETE', session);
  }
}

async function withDriver<T>(use: () => Promise<T>): Promise<T> {
  if (!existsSync(miniBrowser)) throw new Error(`No MiniBrowser at ${miniBrowser}. Install WebKitGTK's driver, or name it in MINIBROWSER_PATH.`);
  // A group of its own: the display ends with the driver.
  const driver = spawn('xvfb-run', ['-a', 'WebKitWebDriver', `--port=${PORT}`], { stdio: 'ignore', detached: true });
  const failed = new Promise<never>((_, reject) => {
    driver.once('error', reject);
    driver.once('exit', (code) => reject(new Error(`WebKitWebDriver ended with ${code}.`)));
  });
  failed.catch(() => undefined);
  try {
    return await Promise.race([failed, listening().then(use)]);
  } finally {
    if (driver.pid !== undefined && driver.exitCode === null) process.kill(-driver.pid);
  }
}

async function listening(): Promise<void> {
  const endMs = performance.now() + START_LIMIT_MS;
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${PORT}/status`);
      return;
    } catch (error) {
      if (performance.now() > endMs) throw new Error('WebKitWebDriver does not answer.', { cause: error });
      await pause(200);
    }
  }
}

await withServer(async (address) => {
  const chromium = await runIn('chrome', chromiumPath(), address);
  const webkit = await withDriver(() => runInWebKit(address));
  keepComparison('webkit', webkit, chromium);
});
