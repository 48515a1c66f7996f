/**
 * Model files in the origin's private file system. Pieces are written as they come, so that even a killed tab
 * leaves what has arrived. A file's length tells whether it is whole, its name what it must hash to.
 */
import type { FileSink, ModelStore } from './model-store.ts';

const FOLDER = 'models';
const VALIDATOR_SUFFIX = '.validator';

/** A tab that was just closed may hold its file for a moment more. */
const HANDLE_ATTEMPTS = 20;
const HANDLE_PAUSE_MS = 100;

export async function openOpfsStore(): Promise<ModelStore> {
  const root = await navigator.storage.getDirectory();
  return opfsStore(await root.getDirectoryHandle(FOLDER, { create: true }));
}

function opfsStore(folder: FileSystemDirectoryHandle): ModelStore {
  const fileOf = async (name: string): Promise<File | null> => {
    try {
      return await (await folder.getFileHandle(name)).getFile();
    } catch (error) {
      if (isNamed(error, 'NotFoundError')) return null;
      throw error;
    }
  };
  const remove = async (name: string): Promise<void> => {
    await removeEntry(folder, name);
    await removeEntry(folder, name + VALIDATOR_SUFFIX);
  };
  return {
    kind: 'opfs',
    async read(name) {
      const file = await fileOf(name);
      return file === null ? null : new Uint8Array(await file.arrayBuffer());
    },
    size: async (name) => (await fileOf(name))?.size ?? 0,
    async openSink(name) {
      const validator = (await (await fileOf(name + VALIDATOR_SUFFIX))?.text()) ?? null;
      const handle = await folder.getFileHandle(name, { create: true });
      return opfsSink(await accessHandle(handle), validator, (text) => writeValidator(folder, name, text));
    },
    async names() {
      const names: string[] = [];
      for await (const name of folder.keys()) if (!name.endsWith(VALIDATOR_SUFFIX)) names.push(name);
      return names;
    },
    remove,
  };
}

function opfsSink(
  handle: FileSystemSyncAccessHandle,
  validator: string | null,
  keepValidator: (validator: string | null) => Promise<void>,
): FileSink {
  const arrived = new Uint8Array(handle.getSize());
  handle.read(arrived, { at: 0 });
  let end = arrived.byteLength;
  return {
    arrived,
    validator,
    async restart(next) {
      handle.truncate(0);
      end = 0;
      await keepValidator(next);
    },
    append(piece) {
      const written = handle.write(piece, { at: end });
      // A full disk may show as a short write instead of an error.
      if (written < piece.byteLength) {
        handle.truncate(end);
        throw new DOMException(`${written} of ${piece.byteLength} bytes were written`, 'QuotaExceededError');
      }
      end += written;
    },
    close: () => {
      handle.close();
      return Promise.resolve();
    },
  };
}

async function writeValidator(folder: FileSystemDirectoryHandle, name: string, validator: string | null): Promise<void> {
  if (validator === null) {
    await removeEntry(folder, name + VALIDATOR_SUFFIX);
    return;
  }
  const handle = await accessHandle(await folder.getFileHandle(name + VALIDATOR_SUFFIX, { create: true }));
  try {
    handle.truncate(0);
    handle.write(new TextEncoder().encode(validator), { at: 0 });
  } finally {
    handle.close();
  }
}

async function accessHandle(file: FileSystemFileHandle): Promise<FileSystemSyncAccessHandle> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await file.createSyncAccessHandle();
    } catch (error) {
      if (!isNamed(error, 'NoModificationAllowedError') || attempt === HANDLE_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, HANDLE_PAUSE_MS));
    }
  }
}

async function removeEntry(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  try {
    await folder.removeEntry(name);
  } catch (error) {
    if (!isNamed(error, 'NotFoundError')) throw error;
  }
}

const isNamed = (error: unknown, name: string): boolean => error instanceof DOMException && error.name === name;
