/** The built page for the measurements and the pictures of it: dist/ served from this machine, and a Chromium. */
import { execSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { chromium } from '@playwright/test';
import type { Browser } from '@playwright/test';
import { preview } from 'vite';
import { findBrowser } from '../scripts/find-browser.mjs';

export const QUIET_FLAGS = ['--disable-quic', '--no-first-run'];
/** Chromium offers a software adapter only on request. */
export const WEBGPU_FLAGS = [...QUIET_FLAGS, '--enable-unsafe-webgpu'];

export function chromiumPath(): string {
  const path = findBrowser();
  if (path === null) throw new Error('No Chromium. Run: node scripts/ensure-setup.mjs browser');
  return path;
}

/** @param use gets the page's address, which ends with a slash and is served until `use` has settled. */
export async function withServer(use: (address: string) => Promise<void>, outDir = 'dist'): Promise<void> {
  const server = await preview({ preview: { port: 0 }, build: { outDir }, logLevel: 'silent' });
  try {
    const address = server.resolvedUrls?.local[0];
    if (address === undefined) throw new Error('The preview server has no address.');
    await use(address);
  } finally {
    await server.close();
  }
}

/** Server and Chromium, both closed when `use` has settled. */
export function withBuiltPage(
  { flags = QUIET_FLAGS, outDir = 'dist' }: { readonly flags?: readonly string[]; readonly outDir?: string },
  use: (browser: Browser, address: string) => Promise<void>,
): Promise<void> {
  return withServer(async (address) => {
    const browser = await chromium.launch({ executablePath: chromiumPath(), args: [...flags] });
    try {
      await use(browser, address);
    } finally {
      await browser.close();
    }
  }, outDir);
}

/** Without these no time means anything. */
export const measuredOn = () => ({
  machine: { cores: os.cpus().length, cpu: os.cpus()[0]?.model ?? 'unknown', memoryGiB: Math.round(os.totalmem() / 2 ** 30) },
  commit: execSync('git rev-parse --short HEAD').toString().trim(),
});

/** Writes bench/results/<name>.json, and says it. */
export function keepResult(name: string, result: object): void {
  mkdirSync('bench/results', { recursive: true });
  const text = `${JSON.stringify(result, null, 2)}\n`;
  writeFileSync(`bench/results/${name}.json`, text);
  process.stdout.write(text);
}
