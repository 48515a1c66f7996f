import { defaultClientConditions, defineConfig } from 'vite';
import type { Plugin } from 'vite';
import { siteFiles } from './scripts/vite/site-files.ts';

/** What makes a page cross-origin isolated, and so gives WASM its threads. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Binds the workers as well, which the policy in the page's markup does not reach; docs/deploy.md gives it to hosts. */
const policy = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self' https://huggingface.co https://*.huggingface.co https://*.hf.co; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

/** The development server puts styles into the page itself; the built page keeps the strict policy. */
const allowInlineStylesInDevelopment: Plugin = {
  name: 'allow-inline-styles-in-development',
  apply: 'serve',
  transformIndexHtml: (html) => html.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"),
};

export default defineConfig({
  // Relative, so that the built site works under any path.
  base: './',
  // A missing file is a 404, not the page in its place.
  appType: 'mpa',
  server: { headers: isolation },
  preview: { headers: { ...isolation, ...policy } },
  worker: {
    format: 'es',
    // What the engine's entry shares with what it loads later lies beside both: scripts/vite/site-files.ts says why.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'graph-io', test: /pipelines.graph-io/ }] } } },
  },
  resolve: {
    // Takes onnxruntime-web's builds without an embedded loader: workers/engine/runtime.ts names the files it uses.
    conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions],
  },
  plugins: [allowInlineStylesInDevelopment, siteFiles()],
  build: {
    target: 'es2023',
    // The content security policy allows no code or style from data: addresses.
    assetsInlineLimit: 0,
    rollupOptions: {
      input: { index: 'index.html', 'service-worker': 'src/sw/service-worker.ts' },
      output: {
        // A service worker answers for its own folder and below: it must lie beside the page.
        entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
