/**
 * The search beyond BudCache's: several pairs with common noise, mean log loss, successive halving of warm starts and
 * of the proxy's best, then masks that a surrogate of all runs so far proposes, if wanted annealing with temperatures
 * from probe moves, first-improvement descent in the proxy's order, the first steps free, and validation pairs to
 * choose between finalists.
 */
import { seededRandom } from '../rng/seeded-random.ts';
import { temperatureAt } from './anneal.ts';
import type { Neighbourhood } from './hill-climb.ts';
import { neighbours } from './hill-climb.ts';
import type { Mask, MaskSpace } from './mask.ts';
import type { ScoredMask } from './objective.ts';
import { proposeMask } from './proposals.ts';
import type { Proxy } from './proxy.ts';
import { searchByProxy } from './proxy-search.ts';
import { duel, halve } from './race.ts';
import { randomMask } from './random-mask.ts';
import type { MaskSearch, SearchDesk, SearchTask } from './search-task.ts';
import { fullCost, openDesk } from './search-task.ts';
import { logLosses, mean } from './staged-objective.ts';
import { followSurrogate } from './surrogate-search.ts';
import { distinctMasks, geometricMasks } from './warm-starts.ts';

/** Of a bounded search: what the starts may take, the rest being the surrogate's and the descent's. */
const HALVING_SHARE = 0.5;

export interface ImprovedSettings {
  /** Of the same model, pairs and steps; null searches without. */
  readonly proxy: Proxy | null;
  /** Beside the geometric family, e.g. from warm-starts.ts' `mapMask`. */
  readonly warmStarts: readonly Mask[];
  /** Run first, whatever the proxy says of them, e.g. that of a policy to be beaten. */
  readonly knownMasks: readonly Mask[];
  readonly prefix: number;
  readonly proxyStarts: number;
  /** How many of the proxy's best are run. */
  readonly proxyFinalists: number;
  readonly randomStarts: number;
  /** Masks that the surrogate of all runs so far proposes, one after another; 0 searches without. */
  readonly surrogateMasks: number;
  readonly annealIterations: number;
  /** Temperatures as multiples of the median difference that a probe move makes. */
  readonly probeMoves: number;
  readonly maxTemperatureFactor: number;
  readonly minTemperatureFactor: number;
  readonly climbRounds: number;
  /** How often annealing and descent are done, each time from the best mask so far. */
  readonly rounds: number;
  /** How many neighbours a round of descent tries at most, the proxy's best first; without a proxy in random order. */
  readonly neighboursPerRound: number;
  readonly neighbourhood: Neighbourhood;
  readonly finalists: number;
}

export const IMPROVED_SETTINGS: ImprovedSettings = {
  proxy: null,
  warmStarts: [],
  knownMasks: [],
  prefix: 1,
  proxyStarts: 12,
  proxyFinalists: 24,
  randomStarts: 4,
  surrogateMasks: 48,
  annealIterations: 0,
  probeMoves: 6,
  maxTemperatureFactor: 10,
  minTemperatureFactor: 0.01,
  climbRounds: 20,
  rounds: 1,
  neighboursPerRound: 16,
  neighbourhood: { kind: 'near-and-far', distance: 3, farMovesPerStep: 1 },
  finalists: 4,
};

export const improvedSearch =
  (settings: ImprovedSettings = IMPROVED_SETTINGS): MaskSearch =>
  async (task) => {
    const desk = openDesk(task);
    const space: MaskSpace = { stepCount: task.stepCount, nfe: task.nfe, prefix: settings.prefix };
    const random = seededRandom(task.seed);
    const candidates = [...settings.knownMasks, ...(await startingMasks(task, space, settings, desk))];
    candidates.push(...Array.from({ length: settings.randomStarts }, () => randomMask(space, random)));
    const starts = await halve(affordable(distinctMasks(candidates, space), task, desk, settings), desk);
    const start = starts[0];
    if (start === undefined) throw new RangeError('The search has nothing to start from.');
    await desk.report('start', 1, start);

    const proposals = { doubleMoveProbability: 0.1, nearMoveProbability: 0.7, nearDistance: 3 };
    const pairCount = task.objective.stages.reduce((sum, { pairs }) => sum + pairs, 0);
    const fullDuel = fullCost(task.objective);
    /** What validating the finalists will take. */
    const reserve = settings.finalists * (task.objective.validation?.cost ?? 0);
    const affordsDuel = (): boolean => desk.affords(fullDuel + reserve);

    const { proxy, surrogateMasks } = settings;
    await followSurrogate({ desk, proxy, space, random, pairCount, maskCount: surrogateMasks, affords: affordsDuel });
    const scale = settings.annealIterations === 0 || !affordsDuel() ? 0 : await probeScale();
    for (let round = 0; round < settings.rounds && (round === 0 || affordsDuel()); round++) {
      if (scale > 0) await annealFrom(desk.ranked()[0] ?? start, scale);
      await climb();
    }
    return desk.finish(desk.ranked().slice(0, settings.finalists));

    /** The median difference of mean log loss that one move makes, on the first stage's pairs. */
    async function probeScale(): Promise<number> {
      const base = logLosses(await desk.book.lossesUpTo(start?.mask ?? [], 0));
      const differences: number[] = [];
      for (let probe = 0; probe < settings.probeMoves; probe++) {
        const moved = logLosses(await desk.book.lossesUpTo(proposeMask(start?.mask ?? [], space, proposals, random), 0));
        differences.push(Math.abs(mean(moved) - mean(base)));
        await desk.report('probe', probe + 1, start ?? null);
      }
      return differences.toSorted((a, b) => a - b)[differences.length >> 1] ?? 0;
    }

    async function annealFrom(first: ScoredMask, median: number): Promise<void> {
      const cooling = {
        ...proposals,
        iterations: settings.annealIterations,
        maxTemperature: settings.maxTemperatureFactor * median,
        minTemperature: settings.minTemperatureFactor * median,
      };
      let current = first;
      for (let iteration = 0; iteration < cooling.iterations && affordsDuel(); iteration++) {
        const temperature = temperatureAt(iteration, cooling);
        // Metropolis turned round: the luck is drawn first and says how much worse may pass.
        const allowed = -temperature * Math.log(1 - random.uniform());
        current = (await duel(current.mask, proposeMask(current.mask, space, proposals, random), allowed, desk)) ?? current;
        await desk.report('anneal', iteration + 1, current, temperature);
      }
    }

    /** From the best mask seen; the first better neighbour is taken. */
    async function climb(): Promise<void> {
      for (let round = 1; round <= settings.climbRounds; round++) {
        const current = desk.ranked()[0];
        if (current === undefined) return;
        let improved: ScoredMask | null = null;
        for (const neighbour of orderedNeighbours(current.mask)) {
          if (!affordsDuel()) return;
          const challenger = await duel(current.mask, neighbour, 0, desk);
          if (challenger !== null && challenger.value < current.value) improved = challenger;
          await desk.report('climb', round, improved ?? current);
          if (improved !== null) break;
        }
        if (improved === null) return;
      }
    }

    function orderedNeighbours(mask: Mask): Mask[] {
      const found = distinctMasks(neighbours(mask, space, settings.neighbourhood, random), space);
      const { proxy } = settings;
      const keys = found.map((neighbour) => ({ neighbour, key: proxy === null ? random.uniform() : proxy.score(neighbour) }));
      return keys
        .toSorted((a, b) => a.key - b.key)
        .slice(0, settings.neighboursPerRound)
        .map(({ neighbour }) => neighbour);
    }
  };

async function startingMasks(task: SearchTask, space: MaskSpace, settings: ImprovedSettings, desk: SearchDesk): Promise<Mask[]> {
  const warm = distinctMasks([...settings.warmStarts, ...geometricMasks(space)], space);
  const { proxy } = settings;
  if (proxy === null) return warm;
  let counted = 0;
  let round = 0;
  const { masks } = await searchByProxy({
    proxy,
    space,
    seed: task.seed,
    starts: warm,
    randomStarts: settings.proxyStarts,
    keep: settings.proxyFinalists,
    cancel: task.cancel,
    onDescent: async (_, masksScored) => {
      desk.addProxyMasks(masksScored - counted);
      counted = masksScored;
      await desk.report('proxy', ++round, null);
    },
  });
  // Of the warm starts the better half by the proxy goes along.
  const better = warm.toSorted((a, b) => proxy.score(a) - proxy.score(b)).slice(0, Math.ceil(warm.length / 2));
  return [...masks.map(({ mask }) => mask), ...better];
}

/** As many as halving may look at, within its share of what is left beside the finalists' validation; at least one. */
function affordable(masks: readonly Mask[], { objective }: SearchTask, desk: SearchDesk, { finalists, surrogateMasks }: ImprovedSettings): readonly Mask[] {
  const halvingCost = (count: number): number => {
    let [left, cost] = [count, 0];
    for (const stage of objective.stages) {
      cost += left * stage.cost;
      left = Math.ceil(left / 2);
    }
    return surrogateMasks === 0 ? cost : cost / HALVING_SHARE;
  };
  let count = masks.length;
  const validating = finalists * (objective.validation?.cost ?? 0);
  while (count > 1 && !desk.affords(halvingCost(count) + validating)) count -= 1;
  return masks.slice(0, count);
}
