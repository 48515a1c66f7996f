/** The worker's side of the search contract: core's search between the page's real runs and the page's eyes. */
import { searchForPage } from '../../src/core/search/page-search.ts';
import type { RealRuns } from '../../src/core/search/page-search-types.ts';
import { CodedError, toFailure } from '../../src/protocol/errors.ts';
import type { Outcome } from '../../src/protocol/errors.ts';
import type { SearchApi, SearchHost } from '../../src/protocol/search.ts';
import { createTeller } from './teller.ts';

export class PolicySearch implements SearchApi {
  #abort: AbortController | null = null;

  readonly search: SearchApi['search'] = async ({ plan, state, hasRival }, host) => {
    if (this.#abort !== null) return { ok: false, error: { code: 'request-invalid', message: 'A search is already under way' } };
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const value = await searchForPage({
        plan,
        runs: runsOf(host, hasRival),
        resume: state,
        cancel: abort.signal,
        onChange: (change) => host.keep(change),
        onProgress: createTeller((progress) => host.tell(progress)),
      });
      return { ok: true, value };
    } catch (error) {
      return { ok: false, error: toFailure(error) };
    } finally {
      this.#abort = null;
    }
  };

  readonly stop: SearchApi['stop'] = () => {
    this.#abort?.abort(new CodedError('cancelled', 'The search was stopped'));
    return Promise.resolve();
  };
}

function runsOf(host: SearchHost, hasRival: boolean): RealRuns {
  return {
    async teach(pair, withErrors) {
      const { reference, errors } = valueOf(await host.teach(pair, withErrors));
      return { reference, errors: errors === null ? null : split(errors, reference.length) };
    },
    finalLatents: async (pair, mask, coefficients) => valueOf(await host.finalLatents(pair, mask, coefficients)),
    fit: async (masks, calibration, judges) => valueOf(await host.fit(masks, calibration, judges)),
    rivalLatents: hasRival ? async (pair) => valueOf(await host.rivalLatents(pair)) : null,
  };
}

/** Views of the parts, each `length` long. */
const split = (values: Float32Array, length: number): Float32Array[] =>
  Array.from({ length: values.length / length }, (_, index) => values.subarray(index * length, (index + 1) * length));

function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new CodedError(outcome.error.code, outcome.error.message);
  return outcome.value;
}
