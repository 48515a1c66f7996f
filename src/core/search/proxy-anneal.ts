/**
 * Annealing over the proxy: tens of thousands of masks a second, no model run. Several chains, each from a start of
 * its own, in segments; a segment draws from a seed of its own, so that the state between two is plain data and a
 * search stopped there goes on bit for bit as if it had not been.
 */
import type { Cancel } from '../denoiser.ts';
import type { Random } from '../rng/seeded-random.ts';
import { seededRandom } from '../rng/seeded-random.ts';
import { temperatureAt } from './anneal.ts';
import type { Mask, MaskSpace } from './mask.ts';
import type { ScoredMask } from './objective.ts';
import type { ProposalSettings } from './proposals.ts';
import { proposeMask } from './proposals.ts';
import { createShortlist } from './proxy-search.ts';
import type { Proxy } from './proxy.ts';
import { randomMask } from './random-mask.ts';

export interface ProxyAnnealSettings extends ProposalSettings {
  readonly chains: number;
  readonly segmentsPerChain: number;
  readonly masksPerSegment: number;
  /** How many of the best masks are kept. */
  readonly keep: number;
  /** Temperatures as multiples of the median difference that a probe move makes. */
  readonly probeMoves: number;
  readonly maxTemperatureFactor: number;
  readonly minTemperatureFactor: number;
}

export const PROXY_ANNEAL_SETTINGS: ProxyAnnealSettings = {
  doubleMoveProbability: 0.1,
  nearMoveProbability: 0.7,
  nearDistance: 3,
  chains: 6,
  segmentsPerChain: 25,
  masksPerSegment: 400,
  keep: 24,
  probeMoves: 40,
  maxTemperatureFactor: 10,
  minTemperatureFactor: 0.01,
};

/** Between two segments. Plain data that JSON keeps. */
export interface ProxyAnnealState {
  /** Segments done, of all chains. */
  readonly segmentsDone: number;
  /** Where the chain under way stands; null before the first. */
  readonly current: ScoredMask | null;
  /** The chain's first temperature. */
  readonly maxTemperature: number;
  /** The best masks seen, best first. */
  readonly kept: readonly ScoredMask[];
  readonly masksScored: number;
}

export interface ProxyAnnealEvent {
  readonly state: ProxyAnnealState;
  readonly current: ScoredMask;
  readonly best: ScoredMask;
  /** In units of the proxy's score. */
  readonly temperature: number;
}

export interface ProxyAnnealRequest {
  readonly proxy: Proxy;
  readonly space: MaskSpace;
  readonly seed: number;
  /** The first chains start from these, the others from random masks. */
  readonly starts: readonly Mask[];
  readonly settings: ProxyAnnealSettings;
  /** From an event of the same request, to go on from there. */
  readonly resume?: ProxyAnnealState | undefined;
  readonly cancel?: Cancel | undefined;
  /** After each segment. Awaited, so that a worker may look at its messages. */
  readonly onSegment?: ((event: ProxyAnnealEvent) => Promise<void> | void) | undefined;
}

const NOTHING_DONE: ProxyAnnealState = { segmentsDone: 0, current: null, maxTemperature: 0, kept: [], masksScored: 0 };

/** @returns the state after the last segment. @throws what `cancel` or `onSegment` throws. */
export async function annealProxy(request: ProxyAnnealRequest): Promise<ProxyAnnealState> {
  const { settings, cancel, onSegment } = request;
  let state = request.resume ?? NOTHING_DONE;
  while (state.segmentsDone < settings.chains * settings.segmentsPerChain) {
    cancel?.throwIfAborted();
    const event = annealSegment(state, request);
    state = event.state;
    await onSegment?.(event);
  }
  return state;
}

function annealSegment(before: ProxyAnnealState, request: ProxyAnnealRequest): ProxyAnnealEvent {
  const { proxy, space, settings } = request;
  const { masksPerSegment, segmentsPerChain } = settings;
  const random = seededRandom(segmentSeed(request.seed, before.segmentsDone));
  const shortlist = createShortlist(settings.keep);
  for (const { mask, value } of before.kept) shortlist.offer(mask, value);
  let masksScored = before.masksScored;
  const score = (mask: Mask): ScoredMask => {
    const value = proxy.score(mask);
    masksScored += 1;
    if (value < shortlist.limit()) shortlist.offer(mask, value);
    return { mask, value };
  };

  const segment = before.segmentsDone % segmentsPerChain;
  const chain = Math.floor(before.segmentsDone / segmentsPerChain);
  let { maxTemperature } = before;
  let current = segment === 0 ? score(request.starts[chain] ?? randomMask(space, random)) : (before.current ?? score(randomMask(space, random)));
  if (segment === 0) maxTemperature = settings.maxTemperatureFactor * medianMove(current, request, random, score);

  const cooling = {
    ...settings,
    iterations: segmentsPerChain * masksPerSegment,
    maxTemperature,
    minTemperature: (maxTemperature * settings.minTemperatureFactor) / settings.maxTemperatureFactor,
  };
  let temperature = maxTemperature;
  for (let turn = 0; turn < masksPerSegment; turn++) {
    const proposed = score(proposeMask(current.mask, space, settings, random));
    const worse = proposed.value - current.value;
    temperature = maxTemperature === 0 ? 0 : temperatureAt(segment * masksPerSegment + turn, cooling);
    if (worse <= 0 || random.uniform() < Math.exp(-worse / temperature)) current = proposed;
  }
  const kept = shortlist.masks();
  const state = { segmentsDone: before.segmentsDone + 1, current, maxTemperature, kept, masksScored };
  return { state, current, best: kept[0] ?? current, temperature };
}

/** The median difference that one move makes. */
function medianMove(from: ScoredMask, { space, settings }: ProxyAnnealRequest, random: Random, score: (mask: Mask) => ScoredMask): number {
  const differences = Array.from({ length: settings.probeMoves }, () => Math.abs(score(proposeMask(from.mask, space, settings, random)).value - from.value));
  return differences.toSorted((a, b) => a - b)[differences.length >> 1] ?? 0;
}

/** Another for each segment, far apart in the generator's sequence. */
const segmentSeed = (seed: number, segment: number): number => (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(segment + 1, 0xc2b2ae35)) >>> 0;
