/** How this browser likes the page to look. Synchronous, since it must be known before the first paint (public/theme.js). */
import * as v from 'valibot';

const look = v.object({
  theme: v.fallback(v.picklist(['light', 'system', 'dark']), 'system'),
  livePreviews: v.fallback(v.boolean(), false),
});

export type Look = Readonly<v.InferOutput<typeof look>>;

const DEFAULT_LOOK: Look = { theme: 'system', livePreviews: false };
const KEY = 'look';

export interface LookStore {
  read(): Look;
  /** Changes the named fields; silently for this visit only where nothing can be stored. */
  write(patch: Partial<Look>): void;
}

/** `storage` is null where the browser blocks localStorage. */
export function createLookStore(storage: Storage | null): LookStore {
  let current = stored(storage);
  return {
    read: () => current,
    write(patch) {
      current = { ...current, ...patch };
      try {
        storage?.setItem(KEY, JSON.stringify(current));
      } catch {
        // Full: the look lasts as long as the page.
      }
    },
  };
}

function stored(storage: Storage | null): Look {
  try {
    return v.parse(look, JSON.parse(storage?.getItem(KEY) ?? '{}'));
  } catch {
    return DEFAULT_LOOK;
  }
}
