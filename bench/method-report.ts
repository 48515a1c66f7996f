/** The final tables as Markdown. */
import type { Family, MethodResults, MethodRow, PairResult } from './method-results.ts';
import { table, withInterval } from './markdown.ts';
import { rowKey } from './method-results.ts';
import type { MeanInterval } from '../src/core/metrics/bootstrap-mean.ts';
import { bootstrapMean } from './statistics.ts';

const FAMILIES: Readonly<Record<Family, string>> = {
  ours: 'ours',
  'budcache-paper': 'the paper',
  'heuristic-cache': 'heuristic cache',
  'fewer-steps': 'fewer steps',
};

const NOTES = `Every row runs the same pairs of prompt and noise at the same budget, and is compared with the run that computes every
step. PSNR is of the pictures, peak 1; “fine” is against a run of four times as many steps. Square brackets hold 95 % bootstrap
intervals. “Behind” is the paired difference to the selected policy, positive where the method is behind. “Steps” are
computed steps: for methods that decide while sampling the mean, with the least and the most over the pairs; their
thresholds were set on the calibration pairs, and “-frozen” is their most frequent mask there with nothing measured any
more. DiCache also runs the first block at every step, which its seconds hold and its steps do not.

Refitted on the calibration pairs by each paper's own procedure: TeaCache's polynomial, MagCache's curve, DPCache's and
MeanCache's costs, MeanCache's span, ERTACache's errors and corrections. Steps that a paper forces are scaled to small budgets:
EasyCache's first fifth to at most a third of the budget, DiCache's first fifth, TaylorSeer's and DPCache's first three
and MagCache's first tenth to at most half of it; MagCache's cap of five skips in a row grows where the budget needs more.
TaylorSeer and DPCache predict the whole residual, not every module; DPCache by its first-order form.`;

/** @param byPair by `rowKey`, in one order of pairs. */
export function methodReport(results: MethodResults, byPair: ReadonlyMap<string, readonly PairResult[]>): string {
  const { machine, commit, model, sets, rows } = results;
  const budgets = [...new Set(rows.map(({ nfe }) => nfe))].toSorted((a, b) => a - b);
  const head = `Model \`${model.id}\` (binding \`${model.binding.slice(0, 12)}\`), ${model.stepCount} steps, guidance ${model.guidance}; ${sets.calibration} calibration, ${sets.validation} validation and ${sets.test} test pairs (bench/pairs). ${machine}; commit \`${commit.slice(0, 7)}\`. Made by \`npm run lab -- methods --model ${model.id}\` and \`npm run lab:report\`.`;
  return [head, NOTES, ...budgets.map((nfe) => tableOf(nfe, rows.filter((row) => row.nfe === nfe), byPair))].join('\n\n');
}

function tableOf(nfe: number, rows: readonly MethodRow[], byPair: ReadonlyMap<string, readonly PairResult[]>): string {
  const selected = rows.find((row) => row.selected);
  const ordered = rows.toSorted((a, b) => b.psnr - a.psnr);
  const title = ['method', 'kind', 'steps', 'cached calls', 'PSNR, dB', 'behind, dB', 'fine, dB', 'SSIM', 'FLIP', 'compliance', 'Fréchet', 'p50, s', 'p95, s'];
  const lines = ordered.map((row) => cellsOf(row, selected === undefined || row.selected ? null : behind(selected, row, byPair)));
  return `### NFE ${nfe}\n\n${table(title, lines, 2)}`;
}

function cellsOf(row: MethodRow, difference: MeanInterval | null): string[] {
  const { nfeRealised: steps, frechet, frechetCi } = row;
  const realised = steps.min === steps.max ? String(steps.min) : `${steps.mean.toFixed(1)} (${steps.min} to ${steps.max})`;
  return [
    row.selected ? `**${row.method}**` : row.method,
    FAMILIES[row.family],
    realised,
    row.cachedCalls.toFixed(steps.min === steps.max ? 0 : 1),
    withInterval(row.psnr, row.psnrCi, 2),
    difference === null ? '' : withInterval(difference.mean, [difference.low, difference.high], 2),
    row.psnrFine.toFixed(2),
    row.ssim.toFixed(4),
    row.flip.toFixed(4),
    row.compliance === null ? '' : `${(100 * row.compliance).toFixed(0)} %`,
    frechet === null || frechetCi === null ? '' : withInterval(frechet, frechetCi, 3),
    row.secondsP50.toFixed(3),
    row.secondsP95.toFixed(3),
  ];
}

/** @throws Error when the two rows were not run on the same pairs. */
function behind(selected: MethodRow, row: MethodRow, byPair: ReadonlyMap<string, readonly PairResult[]>): MeanInterval {
  const [best, other] = [byPair.get(rowKey(selected)) ?? [], byPair.get(rowKey(row)) ?? []];
  if (best.length === 0 || best.length !== other.length) throw new Error(`${rowKey(row)} has ${other.length} pairs, ${rowKey(selected)} ${best.length}.`);
  return bootstrapMean(best.map(({ psnr }, pair) => psnr - (other[pair]?.psnr ?? Number.NaN)));
}
