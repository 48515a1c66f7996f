/** The model on its way, the backend that runs it, and where its files are. */
import type { BackendReport, DownloadProgress } from '../../protocol/engine.ts';
import type { AppContext } from '../app-context.ts';
import { pauseDownload } from '../load-actions.ts';
import { LoadRateMeter } from '../load-rate.ts';
import { downloadDetail, downloadText, pausedText, storageText } from '../load-text.ts';
import { byId, make } from './dom.ts';

/** `resume` opens the model again. */
export function bindLoad(app: AppContext, resume: () => void): void {
  const { store } = app;
  bindDownload(app, resume);
  const backend = byId('backend', HTMLElement);
  const storage = byId('model-storage', HTMLElement);
  store.watch(({ load, opened }) => [load.phase, opened], (phase, opened) => {
    storage.hidden = opened === null;
    storage.textContent = opened === null ? '' : storageText(opened.storage);
    if (phase === 'loading') return;
    const [name, reason] = opened === null ? [...NO_MODEL[phase === 'paused' ? 'paused' : 'failed']] : [backendName(opened.backend), opened.backend.reason];
    backend.replaceChildren(make('strong', { text: name }), make('span', { class: 'backend-reason', text: reason }));
  });
}

const NO_MODEL = {
  paused: ['No model yet', 'Its download is paused.'],
  failed: ['No model', 'It could not be loaded.'],
} as const;

function bindDownload(app: AppContext, resume: () => void): void {
  const { store } = app;
  const box = byId('load', HTMLElement);
  const hint = byId('picture-hint', HTMLElement);
  const bar = byId('load-bar', HTMLProgressElement);
  const text = byId('load-text', HTMLElement);
  const detail = byId('load-detail', HTMLElement);
  const button = byId('load-button', HTMLButtonElement);
  // One button for both, so that the focus stays.
  button.addEventListener('click', () => {
    if (store.get().load.phase === 'paused') resume();
    else void pauseDownload(app);
  });
  // A page that failed for want of a network goes on when there is one again.
  addEventListener('online', () => {
    const { load } = store.get();
    if (load.phase === 'failed' && load.failure.code === 'download-failed') resume();
  });
  let meter = new LoadRateMeter();
  store.watch(({ load }) => [load], (load) => {
    box.hidden = load.phase !== 'loading' && load.phase !== 'paused';
    hint.hidden = load.phase !== 'ready';
    if (load.phase === 'loading') {
      const { download } = load;
      if (download === null) meter = new LoadRateMeter();
      const rate = download === null ? null : meter.add(download, performance.now());
      showDownload(bar, download);
      text.textContent = downloadText(download);
      detail.textContent = downloadDetail(download, rate);
      button.textContent = 'Pause download';
      button.hidden = download === null || download.receivedBytes >= download.totalBytes;
    } else if (load.phase === 'paused') {
      text.textContent = pausedText(load.download);
      detail.textContent = '';
      button.textContent = 'Resume download';
      button.hidden = false;
    }
  });
}

function showDownload(bar: HTMLProgressElement, download: DownloadProgress | null): void {
  if (download === null || download.totalBytes === 0) {
    bar.removeAttribute('value');
    return;
  }
  bar.max = download.totalBytes;
  bar.value = download.receivedBytes;
}

function backendName({ kind, adapter, softwareAdapter, threads, crossOriginIsolated }: BackendReport): string {
  if (kind === 'webgpu') return ['WebGPU', adapter, softwareAdapter ? 'in software' : null].filter(Boolean).join(' · ');
  const note = crossOriginIsolated ? '' : ', as the page is not isolated';
  return `WASM on the processor · ${threads} ${threads === 1 ? 'thread' : 'threads'}${note}`;
}
