/** The experiments about payloads, the proxy and the searches as Markdown. */
import type { jointFigures } from './lab-joint.ts';
import type { pageFigures } from './lab-page.ts';
import type { payloadFigures } from './lab-payloads.ts';
import type { proxyFigures } from './lab-proxy.ts';
import type { searchFigures } from './lab-search.ts';
import type { startFigures } from './lab-starts.ts';
import { percent, table, withInterval } from './markdown.ts';
import { medianOf } from './statistics.ts';

/** As `npm run lab` writes it. */
export interface LabResult<F> {
  readonly model: string;
  readonly binding: string;
  readonly stepCount: number;
  readonly guidance: number;
  readonly commit: string;
  readonly figures: F;
}

type Figures<F extends (...args: never[]) => Promise<object>> = Awaited<ReturnType<F>>;

interface Section<F> {
  readonly heading: string;
  readonly body: (figures: F) => string;
}

const db = (value: number | null, digits = 2): string => (value === null ? '' : value.toFixed(digits));

const search: Section<Figures<typeof searchFigures>> = {
  heading: 'The improved search against the paper’s recipe',
  body: ({ pairs, budgets }) =>
    [
      `Both minimise over the same ${pairs} calibration pairs. One evaluation is one cached run of one pair; full runs are counted. “Reaches” is the median number of evaluations after which a search is as good as the recipe’s median end.`,
      table(
        ['NFE', 'search', 'seeds', 'that reach it', 'reaches', 'of the recipe’s', 'evaluations in all', 'end against the recipe’s, dB'],
        budgets.flatMap(({ nfe, recipe, rows }) => [
          [String(nfe), 'the paper’s recipe', String(recipe.runs.length), '', '', '', String(recipe.medianEvaluations), '0'],
          ...rows.map((row) => [
            String(nfe),
            row.name,
            String(row.seeds),
            String(row.seedsThatReachIt),
            row.medianEvaluationsToReach === null ? 'never' : String(row.medianEvaluationsToReach),
            percent(row.shareOfRecipe),
            String(row.medianEvaluationsInAll),
            db(row.medianGainOverRecipeDb),
          ]),
        ]),
        2,
      ),
    ].join('\n\n'),
};

const proxy: Section<Figures<typeof proxyFigures>> = {
  heading: 'The proxy against real runs',
  body: ({ pairs, rescored, budgets }) =>
    [
      `Spearman’s rank correlation with the true objective (mean log loss over ${pairs} calibration pairs) over random masks, for errors weighted by powers of σ; and how far the best of the proxy’s ${rescored} best masks, run for real, is behind the best mask that any search here found on the same pairs. Scored on one core: ${budgets.map(({ nfe, masksPerSecond }) => `${masksPerSecond} masks a second at NFE ${nfe}`).join(', ')}.`,
      table(
        ['NFE', 'weights', 'random masks', 'Spearman', 'behind the best found, dB'],
        budgets.flatMap(({ nfe, randomMasks, rows }) => rows.map((row) => [String(nfe), row.weights, String(randomMasks), row.spearman === null ? '' : row.spearman.toFixed(3), db(row.dbBehindBestFound)])),
        2,
      ),
    ].join('\n\n'),
};

const page: Section<Figures<typeof pageFigures>> = {
  heading: 'The page’s search at its default effort',
  body: ({ effortMs, judges, budgets }) =>
    [
      `What ${effortMs / 1000} s of search in the page find, with the runs that this time pays for in WebAssembly on two cores, judged on ${judges} pairs that no search saw. Latent PSNR against the full run, means.`,
      table(
        ['NFE', 'seeds', 'random mask, dB', 'shipped, dB', 'found, dB', 'worst seed, dB', 'over random, dB', 'over shipped, dB', 'no worse than shipped', 'with a fitted payload'],
        budgets.map((budget) => [
          String(budget.nfe),
          String(budget.seeds.length),
          db(medianOf(budget.seeds.map(({ randomDb }) => randomDb))),
          db(budget.shippedDb),
          db(medianOf(budget.seeds.map(({ foundDb }) => foundDb))),
          db(Math.min(...budget.seeds.map(({ foundDb }) => foundDb))),
          db(budget.medianGainOverRandomDb),
          db(budget.medianGainOverShippedDb),
          budget.seedsNoWorseThanShipped === null ? '' : String(budget.seedsNoWorseThanShipped),
          String(budget.searchesWithFittedPayload),
        ]),
      ),
    ].join('\n\n'),
};

const payloads: Section<Figures<typeof payloadFigures>> = {
  heading: 'Payloads on the same masks',
  body: ({ fitPairs, judgingPairs, validationPairs, tables }) =>
    [
      `Fitted on ${fitPairs} calibration pairs, bases chosen on ${judgingPairs} others, measured on ${validationPairs} validation pairs: latent PSNR against the full run, and the paired gain over plain reuse with its 95 % bootstrap interval.`,
      table(
        ['NFE', 'mask', 'payload', 'latent PSNR, dB', 'over reuse, dB'],
        tables.flatMap(({ nfe, name, rows }) =>
          rows.map(({ payload, latentPsnrDb, gainOverReuseDb: gain }) => [String(nfe), name, payload, db(latentPsnrDb), withInterval(gain.mean, [gain.low, gain.high], 2)]),
        ),
        3,
      ),
    ].join('\n\n'),
};

const joint: Section<Figures<typeof jointFigures>> = {
  heading: 'Mask, payload and noise levels searched together',
  body: ({ fitPairs, judgingPairs, validationPairs, budgets }) =>
    [
      `Fitted on ${fitPairs} pairs, searched on ${judgingPairs} others, measured on ${validationPairs} validation pairs. “Multistep” is fewer steps with fitted combinations of older velocities and fitted noise levels, for models that are one graph.`,
      table(
        ['NFE', 'policy', 'latent PSNR, dB', 'by the mask, dB', 'by μ, dB', 'by the gaps, dB', 'evaluations'],
        budgets.flatMap(({ nfe, baselines, cached, multistep }) => [
          ...baselines.map(({ name, latentPsnrDb, interval }) => [String(nfe), name, withInterval(latentPsnrDb, [interval.low, interval.high], 2), '', '', '', '']),
          ...[{ name: 'cached, all searched', ...cached }, { name: 'multistep, all searched', ...multistep }].map(({ name, latentPsnrDb, interval, gainsOnJudgesDb: gains, evaluations }) => [
            String(nfe),
            name,
            withInterval(latentPsnrDb, [interval.low, interval.high], 2),
            db(gains.mask),
            db(gains.mu),
            db(gains.gaps),
            String(evaluations),
          ]),
        ]),
        2,
      ),
    ].join('\n\n'),
};

const starts: Section<Figures<typeof startFigures>> = {
  heading: 'Dependence on the start',
  body: ({ pairs, seeds, budgets }) =>
    [
      `The paper’s annealing and climbing, and climbing alone, from the same starts with ${seeds.length} seeds each: medians, in dB behind the best end of all (${pairs} pairs). A fixed start keeps its mask; only the moves differ.`,
      table(
        ['NFE', 'start', 'start, dB', 'annealed and climbed, dB', 'evaluations', 'climbed alone, dB', 'evaluations'],
        budgets.flatMap(({ nfe, rows }) =>
          rows.map((row) => [
            String(nfe),
            row.name,
            db(row.startBehindBestDb),
            db(row.annealedBehindBestDb),
            String(row.annealed.medianEvaluations),
            db(row.climbedBehindBestDb),
            String(row.climbed.medianEvaluations),
          ]),
        ),
        2,
      ),
    ].join('\n\n'),
};

/** By the experiment's name, in the order of the report. */
const SECTIONS: Readonly<Record<string, Section<never>>> = { search, proxy, payloads, page, joint, starts };

export const SEARCH_EXPERIMENTS = Object.keys(SECTIONS);

/**
 * One experiment's section.
 * @param results of the same experiment and model, e.g. of different budgets; each is headed by its own provenance.
 */
export function searchSection(experiment: string, results: readonly LabResult<never>[], files: readonly string[]): { readonly heading: string; readonly body: string } {
  const section = SECTIONS[experiment];
  if (section === undefined) throw new RangeError(`There is no report of “${experiment}”.`);
  const parts = results.map((result, index) => {
    const { model, binding, stepCount, guidance, commit, figures } = result;
    const origin = `\`bench/results/${files[index] ?? ''}\`: model \`${model}\` (binding \`${binding.slice(0, 12)}\`), ${stepCount} steps, guidance ${guidance}; commit \`${commit.slice(0, 7)}\`.`;
    return `${section.body(figures)}\n\n${origin}`;
  });
  return { heading: section.heading, body: parts.join('\n\n') };
}
