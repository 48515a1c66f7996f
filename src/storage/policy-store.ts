/**
 * The policies this browser keeps. Shipped files, a person's imports and those found or checked in this browser
 * are kept apart, so that a new release replaces only its own. Everything read back is parsed again: a stored record is input like any other.
 */
import type { PolicyFile } from '../core/policy.ts';
import type { KeyValueStore } from './key-value.ts';
import { parsePolicyFile } from './policy-file.ts';

/** `own`: found or checked in this browser. */
export type PolicySource = 'shipped' | 'imported' | 'own';

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
  /** Shipped ones of this model, every import and every own one, each known to be valid; records that are not are counted. */
  list(modelId: string): Promise<{ readonly policies: readonly StoredPolicy[]; readonly damagedCount: number }>;
  /**
   * Makes the shipped set of a model what the site ships now: new and changed files are written, files no
   * longer in `fileNames` removed; a listed file that did not arrive keeps its stored version.
   * Returns whether anything changed.
   */
  syncShipped(modelId: string, fileNames: readonly string[], arrived: readonly ShippedPolicy[]): Promise<boolean>;
  /** Adds a checked policy; one that is already there, whatever its source, is returned instead of doubled. */
  addImported(modelId: string, file: PolicyFile): Promise<AddedPolicy>;
  /** As `addImported`, for a policy that this browser found or checked. */
  addOwn(modelId: string, file: PolicyFile): Promise<AddedPolicy>;
  /** An imported or own one; the site's own would only come back. */
  remove(id: string): Promise<void>;
  /** Brings back what `remove` took, under its id. */
  restore(policy: StoredPolicy): Promise<void>;
}

export interface AddedPolicy {
  readonly stored: StoredPolicy;
  readonly isNew: boolean;
}

const shippedPrefix = (modelId: string): string => `shipped/${modelId}/`;
const PREFIXES = { imported: 'imported/', own: 'own/' } as const;

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

  const add = async (source: 'imported' | 'own', modelId: string, file: PolicyFile): Promise<AddedPolicy> => {
    const { policies } = await list(modelId);
    const twin = policies.find((policy) => isSame(policy.file, file));
    if (twin !== undefined) return { stored: twin, isNew: false };
    const id = freeId(PREFIXES[source] + file.name, new Set((await store.entries()).map(([key]) => key)));
    await store.set(id, file);
    return { stored: { id, source, file }, isNew: true };
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

    addImported: (modelId, file) => add('imported', modelId, file),
    addOwn: (modelId, file) => add('own', modelId, file),

    async remove(id) {
      if (!isPersonal(id)) throw new RangeError(`${id} is no policy that can be removed.`);
      await store.delete(id);
    },

    async restore({ id, file }) {
      if (!isPersonal(id)) throw new RangeError(`${id} is no policy that can be brought back.`);
      await store.set(id, file);
    },
  };
}

const isPersonal = (id: string): boolean => Object.values(PREFIXES).some((prefix) => id.startsWith(prefix));

function sourceOf(id: string, modelId: string): PolicySource | null {
  if (id.startsWith(shippedPrefix(modelId))) return 'shipped';
  if (id.startsWith(PREFIXES.own)) return 'own';
  return id.startsWith(PREFIXES.imported) ? 'imported' : null;
}

function freeId(wanted: string, taken: ReadonlySet<string>): string {
  for (let copy = 1; ; copy += 1) {
    const id = `${wanted}${copy === 1 ? '' : ` (${copy})`}`;
    if (!taken.has(id)) return id;
  }
}
