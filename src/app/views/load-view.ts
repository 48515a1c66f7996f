/** The model on its way, and the backend that runs it. */
import type { BackendReport, DownloadProgress } from '../../protocol/engine.ts';
import type { AppContext } from '../app-context.ts';
import { formatMegabytes } from '../format.ts';
import { byId, make } from './dom.ts';

export function bindLoad({ store }: AppContext): void {
  const box = byId('load', HTMLElement);
  const hint = byId('picture-hint', HTMLElement);
  const bar = byId('load-bar', HTMLProgressElement);
  const text = byId('load-text', HTMLElement);
  const backend = byId('backend', HTMLElement);
  store.watch(({ load, opened }) => [load, opened], (load, opened) => {
    box.hidden = load.phase !== 'loading';
    hint.hidden = load.phase !== 'ready';
    if (load.phase === 'loading') {
      showDownload(bar, load.download);
      text.textContent = downloadText(load.download);
    } else if (opened !== null) {
      backend.replaceChildren(
        make('strong', { text: backendName(opened.backend) }),
        make('span', { class: 'backend-reason', text: opened.backend.reason }),
      );
    } else {
      backend.replaceChildren(make('strong', { text: 'No model' }), make('span', { class: 'backend-reason', text: 'It could not be loaded.' }));
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

function downloadText(download: DownloadProgress | null): string {
  if (download === null) return 'Loading the model…';
  const { receivedBytes, totalBytes, file } = download;
  if (receivedBytes >= totalBytes) return `All ${formatMegabytes(totalBytes)} are here; the model is being prepared…`;
  return `Loading the model: ${formatMegabytes(receivedBytes)} of ${formatMegabytes(totalBytes)} · ${file}`;
}

function backendName({ kind, adapter, softwareAdapter, threads, crossOriginIsolated }: BackendReport): string {
  if (kind === 'webgpu') return ['WebGPU', adapter, softwareAdapter ? 'in software' : null].filter(Boolean).join(' · ');
  const note = crossOriginIsolated ? '' : ', as the page is not isolated';
  return `WASM on the processor · ${threads} ${threads === 1 ? 'thread' : 'threads'}${note}`;
}
