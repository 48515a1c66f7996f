/** What experiments have paid for, in a file for each model: stopped and started again, they run nothing twice. */
import { appendFile, mkdir, readFile } from 'node:fs/promises';

export interface Ledger {
  /** @param key says all that the value depends on. The value is what JSON keeps. */
  recall<T>(key: string, make: () => Promise<T>): Promise<T>;
}

/** @param file one JSON entry a line; a line that was cut off counts for nothing. */
export async function openLedger(file: URL): Promise<Ledger> {
  await mkdir(new URL('.', file), { recursive: true });
  const text = await readFile(file, 'utf8').catch(() => '');
  const known = new Map(text.split('\n').flatMap(entryOf));
  // The next entry must not continue a line that was cut off.
  if (text !== '' && !text.endsWith('\n')) await appendFile(file, '\n');
  return {
    async recall<T>(key: string, make: () => Promise<T>): Promise<T> {
      // Written under this key by this very call, in this run or in an earlier one.
      if (known.has(key)) return known.get(key) as T;
      const value = await make();
      known.set(key, value);
      await appendFile(file, `${JSON.stringify([key, value])}\n`);
      return value;
    },
  };
}

function entryOf(line: string): [string, unknown][] {
  try {
    const entry: unknown = JSON.parse(line);
    return Array.isArray(entry) && typeof entry[0] === 'string' ? [[entry[0], entry[1]]] : [];
  } catch {
    return [];
  }
}
