/**
 * The search of each model, kept as it comes: one record for what was decided at the start, one for each part of what
 * is known, so that a step writes only what is new. Anything damaged counts as never kept.
 */
import type { PageSearchChange, PageSearchState, PairTeaching } from '../core/search/page-search-types.ts';
import type { KeyValueStore } from './key-value.ts';
import type { SearchRecord } from './search-record.ts';
import { parseAnneal, parseComparison, parseEntries, parseFits, parseSearchRecord, parseTeaching } from './search-record.ts';

export interface SearchStore {
  readonly durable: boolean;
  /** Null where there is none. */
  read(modelId: string): Promise<SearchRecord | null>;
  /** As far as it is known. */
  readState(record: SearchRecord): Promise<PageSearchState>;
  /** Of a new search: forgets the model's last one. */
  begin(record: SearchRecord): Promise<void>;
  /** How the search stands, in place of the record of before. */
  update(record: SearchRecord): Promise<void>;
  keep(modelId: string, change: PageSearchChange): Promise<void>;
  /** What a finished search learned is of no more use; its record stays. */
  forgetState(modelId: string): Promise<void>;
  forget(modelId: string): Promise<void>;
}

/** An id with a slash must not look like another's part. */
const recordKey = (modelId: string): string => `search/${encodeURIComponent(modelId)}`;
const partKey = (modelId: string, part: string): string => `part/${encodeURIComponent(modelId)}/${part}`;

export function createSearchStore(store: KeyValueStore): SearchStore {
  const forgetState = async (modelId: string): Promise<void> => {
    const prefix = partKey(modelId, '');
    for (const [key] of await store.entries()) if (key.startsWith(prefix)) await store.delete(key);
  };
  return {
    durable: store.durable,
    read: async (modelId) => parseSearchRecord(await store.get(recordKey(modelId))),

    async readState({ modelId, plan }) {
      const part = (name: string): Promise<unknown> => store.get(partKey(modelId, name));
      const { calibration, validation, comparison } = plan.pairs;
      const teachings: (PairTeaching | null)[] = [];
      for (let pair = 0; pair < calibration + validation + comparison; pair++) {
        teachings.push(parseTeaching(await part(`teaching/${pair}`), plan, pair < calibration));
      }
      return {
        teachings,
        anneal: parseAnneal(await part('anneal')),
        entries: parseEntries(await part('entries')),
        fits: parseFits(await part('fits')),
        comparison: parseComparison(await part('comparison')),
      };
    },

    async begin(record) {
      await forgetState(record.modelId);
      await store.set(recordKey(record.modelId), record);
    },

    update: (record) => store.set(recordKey(record.modelId), record),

    keep(modelId, change) {
      switch (change.kind) {
        case 'teaching':
          return store.set(partKey(modelId, `teaching/${change.pair}`), change.teaching);
        case 'anneal':
          return store.set(partKey(modelId, 'anneal'), change.anneal);
        case 'entries':
          return store.set(partKey(modelId, 'entries'), change.entries);
        case 'fits':
          return store.set(partKey(modelId, 'fits'), change.fits);
        case 'comparison':
          return store.set(partKey(modelId, 'comparison'), change.comparison);
      }
    },

    forgetState,
    async forget(modelId) {
      await store.delete(recordKey(modelId));
      await forgetState(modelId);
    },
  };
}
