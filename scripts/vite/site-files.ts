/** Writes the list of the site's files into its service worker, and holds the page's own code to its size. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const SERVICE_WORKER = 'service-worker.js';
const PLACEHOLDER = '__SITE_FILES__';

/** onnxruntime-web, which is no code of this page. */
const IS_RUNTIME = /^assets\/ort[.-]/;

/** Its WebAssembly builds: each browser needs one. Its scripts are small and kept with the page. */
const IS_ONE_OF_MANY = /^assets\/ort-wasm/;

/** Models and policies are fetched as they are wanted; the rest is for hosts, not for browsers. */
const IS_NO_SHELL = /^(?:models|policies)\/|^_headers$|^service-worker\.js$|^index\.html$/;

/**
 * Fetched when first used, not with the page: the workers of searches and scores, the tokenizers, the plot of the curve,
 * BudCache’s files, and models from elsewhere.
 */
const IS_LATER = /^assets\/(?:search\.worker|metrics\.worker|text-encoders|curve-plot|budcache-pt|file-source|models-view)-/;

/** Scripts, styles and markup of this project and the small packages in them, compressed as hosts send them. */
const MAX_OWN_CODE_BYTES = { first: 120_000, later: 75_000 };

export function siteFiles(): Plugin {
  return {
    name: 'site-files',
    apply: 'build',
    writeBundle: {
      order: 'post',
      sequential: true,
      handler({ dir }) {
        if (dir === undefined) throw new Error('The build has no output folder.');
        const paths = filesUnder(dir);
        checkSize(dir, paths);
        checkWorkerEntries(dir, paths);
        const listed = paths.filter((path) => !IS_NO_SHELL.test(path));
        const hash = createHash('sha256');
        for (const path of [...listed, 'index.html', SERVICE_WORKER]) hash.update(path).update(readFileSync(join(dir, path)));
        const runtime = listed.filter((path) => IS_ONE_OF_MANY.test(path));
        const shell = listed.filter((path) => !IS_ONE_OF_MANY.test(path));
        writeList(join(dir, SERVICE_WORKER), [hash.digest('hex').slice(0, 16), shell.join(','), runtime.join(',')].join('|'));
      },
    },
  };
}

/** Relative to the folder, with forward slashes, sorted. */
function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll('\\', '/'))
    .sort();
}

function checkSize(folder: string, paths: readonly string[]): void {
  const own = paths.filter((path) => /\.(?:js|css|html)$/.test(path) && !IS_RUNTIME.test(path));
  const sizes = own.map((path) => ({ path, bytes: gzipSync(readFileSync(join(folder, path))).byteLength }));
  for (const part of ['first', 'later'] as const) {
    const counted = sizes.filter(({ path }) => IS_LATER.test(path) === (part === 'later'));
    const total = counted.reduce((sum, { bytes }) => sum + bytes, 0);
    console.log(`The page’s own code, loaded ${part}: ${total} bytes compressed, at most ${MAX_OWN_CODE_BYTES[part]}.`);
    if (total <= MAX_OWN_CODE_BYTES[part]) continue;
    const list = counted.map(({ path, bytes }) => `  ${bytes} ${path}`).join('\n');
    throw new Error(`The page’s own code that is loaded ${part} is ${total} bytes compressed, above ${MAX_OWN_CODE_BYTES[part]}:\n${list}`);
  }
}

/**
 * WebKit takes a worker's entry that one of its later scripts imports for another module and runs it again: the worker
 * would hold two engines, of which only one has a model.
 */
function checkWorkerEntries(folder: string, paths: readonly string[]): void {
  for (const path of paths.filter((name) => name.endsWith('.js'))) {
    const found = /(?:from|import)\s*\(?\s*["'`]\.\/([\w-]+\.worker-[\w-]+\.js)/.exec(readFileSync(join(folder, path), 'utf8'));
    if (found !== null) throw new Error(`${path} imports the worker’s entry ${found[1]}; what they share must be a chunk of its own (vite.config.ts).`);
  }
}

function writeList(file: string, list: string): void {
  const code = readFileSync(file, 'utf8');
  if (code.split(PLACEHOLDER).length !== 2) throw new Error(`${file} must hold ${PLACEHOLDER} exactly once.`);
  if (/[`"'\\$]/.test(list)) throw new Error('A file name of the site cannot be written into a string.');
  writeFileSync(file, code.replace(PLACEHOLDER, () => list));
}
