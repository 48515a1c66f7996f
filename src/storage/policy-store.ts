/**
 * The policies this browser keeps. Shipped files and a person's own imports are kept apart, so that a new
 * release replaces only its own. Everything read back is parsed again: a stored record is input like any other.
 */
import type { PolicyFile } from '../core/policy.ts';
import type { KeyValueStore } from './key-value.ts';
import { parsePolicyFile } from './policy-file.ts';

export type PolicySource = 'shipped' | 'imported';

export interface StoredPolicy {
  /** The record's key. */
  readonly id: string;
  readonly source: PolicySource;
  readonly file: PolicyFile;
}

export interface ShippedPolicy {
  /** Relative to the model's policy folder. */
  readonly fileName: string;
  readonly file: PolicyFile;
}

export interface PolicyStore {
  readonly durable: boolean;
  /** Shipped ones of this model and every import, each known to be valid; records that are not are counted. */
  list(modelId: string): Promise<{ readonly policies: readonly StoredPolicy[]; readonly damagedCount: number }>;
  /**
   * Makes the shipped set of a model what the site ships now: new and changed files are written, files no
   * longer in `fileNames` removed; a listed file that did not arrive keeps its stored version.
   * Returns whether anything changed.
   */
  syncShipped(modelId: string, fileNames: readonly string[], arrived: readonly ShippedPolicy[]): Promise<boolean>;
  /** Adds a checked policy; one that is already there, shipped or imported, is returned instead of doubled. */
  addImported(modelId: string, file: PolicyFile): Promise<{ readonly stored: StoredPolicy; readonly isNew: boolean }>;
}

const shippedPrefix = (modelId: string): string => `shipped/${modelId}/`;
const IMPORTED_PREFIX = 'imported/';

/** Parsed files have their keys in schema order, so equal policies have equal text. */
const isSame = (a: unknown, b: PolicyFile): boolean => JSON.stringify(a) === JSON.stringify(b);

export function createPolicyStore(store: KeyValueStore): PolicyStore {
  const list: PolicyStore['list'] = async (modelId) => {
    const policies: StoredPolicy[] = [];
    let damagedCount = 0;
    for (const [id, record] of await store.entries()) {
      const source = sourceOf(id, modelId);
      if (source === null) continue;
      const parsed = parsePolicyFile(record);
      if (parsed.ok) policies.push({ id, source, file: parsed.value });
      else damagedCount += 1;
    }
    return { policies, damagedCount };
  };

  return {
    durable: store.durable,
    list,

    async syncShipped(modelId, fileNames, arrived) {
      const prefix = shippedPrefix(modelId);
      const before = new Map((await store.entries()).filter(([id]) => id.startsWith(prefix)));
      const changed = arrived.filter(({ fileName, file }) => !isSame(before.get(prefix + fileName), file));
      const gone = [...before.keys()].filter((id) => !fileNames.includes(id.slice(prefix.length)));
      await store.setMany(changed.map(({ fileName, file }) => [prefix + fileName, file] as const));
      for (const id of gone) await store.delete(id);
      return changed.length + gone.length > 0;
    },

    async addImported(modelId, file) {
      const { policies } = await list(modelId);
      const twin = policies.find((policy) => isSame(policy.file, file));
      if (twin !== undefined) return { stored: twin, isNew: false };
      const id = freeId(file.name, new Set((await store.entries()).map(([key]) => key)));
      await store.set(id, file);
      return { stored: { id, source: 'imported', file }, isNew: true };
    },
  };
}

function sourceOf(id: string, modelId: string): PolicySource | null {
  if (id.startsWith(shippedPrefix(modelId))) return 'shipped';
  return id.startsWith(IMPORTED_PREFIX) ? 'imported' : null;
}

function freeId(name: string, taken: ReadonlySet<string>): string {
  for (let copy = 1; ; copy += 1) {
    const id = `${IMPORTED_PREFIX}${name}${copy === 1 ? '' : ` (${copy})`}`;
    if (!taken.has(id)) return id;
  }
}
