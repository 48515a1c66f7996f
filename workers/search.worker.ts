/** The search's worker: anneals and decides; it has no runtime, and asks the page for every real run. See workers/search/. */
import { expose } from 'comlink';
import type { SearchApi } from '../src/protocol/search.ts';
import { holdLifeLock } from './life-lock.ts';
import { PolicySearch } from './search/policy-search.ts';

holdLifeLock();
expose(new PolicySearch() satisfies SearchApi);
