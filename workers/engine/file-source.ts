/** Whom a bundle's files are asked of: its server, the hub with the person's token, or files of this machine. */
import type { ChosenFile, OpenRequest } from '../../src/protocol/engine.ts';
import { LOCAL_SCHEME } from '../../src/protocol/engine.ts';
import { CodedError } from '../../src/protocol/errors.ts';

/** As the browser's own, by absolute address. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export const fetchOverHttp: Fetch = (url, init) => fetch(url, init);

export function fetchFor({ manifestUrl, token, files }: Pick<OpenRequest, 'manifestUrl' | 'token' | 'files'>): Fetch {
  if (manifestUrl.startsWith(LOCAL_SCHEME)) return fetchFiles(new URL('.', manifestUrl).href, files ?? []);
  const { origin } = new URL(manifestUrl);
  if (origin === self.location.origin) return fetchOverHttp;
  return (url, init) => {
    const headers = new Headers(init.headers);
    // Not every host lets pages of other origins ask with it; the hash tells in the end.
    headers.delete('If-Range');
    if (token !== undefined && new URL(url).origin === origin) headers.set('Authorization', `Bearer ${token}`);
    return fetch(url, { ...init, headers, credentials: 'omit' });
  };
}

/** Answers as a server with ranges would that had these files below `folderUrl`. */
export function fetchFiles(folderUrl: string, files: readonly ChosenFile[]): Fetch {
  const byUrl = new Map(files.map((file) => [new URL(file.path.split('/').map(encodeURIComponent).join('/'), folderUrl).href, file]));
  return (url, { headers }) => {
    const file = byUrl.get(url);
    if (file === undefined || !(file.content instanceof Blob)) {
      const name = url.slice(folderUrl.length);
      return Promise.reject(new CodedError('download-failed', `${name} is not among the files chosen on this machine; choose the model’s folder again`));
    }
    const { content, lastModified } = file;
    const startByte = Number(/^bytes=(\d+)-$/.exec(new Headers(headers).get('Range') ?? '')?.[1] ?? 0);
    if (startByte >= content.size && startByte > 0) return Promise.resolve(new Response(null, { status: 416 }));
    const range = { 'Content-Range': `bytes ${startByte}-${content.size - 1}/${content.size}` };
    return Promise.resolve(
      new Response(content.slice(startByte), {
        status: startByte > 0 ? 206 : 200,
        headers: { 'Last-Modified': new Date(lastModified).toUTCString(), ...(startByte > 0 ? range : {}) },
      }),
    );
  };
}
