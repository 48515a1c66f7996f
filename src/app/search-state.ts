/** What the page shows of a search for policies. */
import type { PageSearchProgress } from '../core/search/page-search-types.ts';
import type { SearchRecord } from '../storage/search-record.ts';

export interface SearchState {
  /** Of the model's last search; null where there is none. */
  readonly record: SearchRecord | null;
  /** `paused`: it stands, in this tab or since a page that is gone, and can go on. */
  readonly activity: 'none' | 'running' | 'stopping' | 'paused';
  /** Of the running one; null until the first news. */
  readonly progress: PageSearchProgress | null;
}

export const NO_SEARCH: SearchState = { record: null, activity: 'none', progress: null };
