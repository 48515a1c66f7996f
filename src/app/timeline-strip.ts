/** A run as a length of time: what it spends on the text, on each step and on the decoder. */
import type { CallCosts } from '../core/caching/cost.ts';
import { decisionsOf } from '../core/caching/decisions.ts';
import type { RunTrace, StepDecision, StepTrace } from '../protocol/engine.ts';
import { predictedChoiceMs } from './budget-seconds.ts';
import type { PolicyChoice } from './budget-stops.ts';

export interface TimePart {
  readonly kind: StepDecision | 'other';
  readonly ms: number;
}

export const totalMsOf = (parts: readonly TimePart[]): number => parts.reduce((sum, { ms }) => sum + ms, 0);

/** The sum is what the page predicts for the choice; a reused step gets an equal share of what reuse takes. */
export function predictedParts(costs: CallCosts, choice: PolicyChoice, stepCount: number): TimePart[] {
  const decisions: StepDecision[] =
    choice.file === null ? Array.from({ length: stepCount }, () => 'compute' as const) : decisionsOf(choice.file);
  const nfe = decisions.filter((decision) => decision === 'compute').length;
  const reuseMs = predictedChoiceMs(costs, choice, stepCount) - costs.textMs - costs.vaeMs - nfe * costs.fullMs;
  const steps = decisions.map((kind) => ({ kind, ms: kind === 'compute' ? costs.fullMs : reuseMs / (decisions.length - nfe) }));
  return [{ kind: 'other', ms: costs.textMs }, ...steps, { kind: 'other', ms: costs.vaeMs }];
}

/** Of a run under way, as far as it has come. */
export const partsSoFar = (steps: readonly StepTrace[]): TimePart[] => steps.map(({ decision, ms }) => ({ kind: decision, ms }));

export const measuredParts = ({ steps, textMs, vaeMs }: RunTrace): TimePart[] => [
  { kind: 'other', ms: textMs },
  ...partsSoFar(steps),
  { kind: 'other', ms: vaeMs },
];

const COLOURS: Readonly<Record<TimePart['kind'], string>> = {
  compute: 'var(--compute)',
  reuse: 'var(--reuse-line)',
  other: 'var(--edge)',
};

/** The parts as a CSS gradient over their whole length, a hair's breadth between them. */
export function stripGradient(parts: readonly TimePart[]): string {
  const totalMs = totalMsOf(parts);
  let doneMs = 0;
  const stops = parts.flatMap(({ kind, ms }) => {
    const start = percent(doneMs / totalMs);
    doneMs += ms;
    const end = percent(doneMs / totalMs);
    return [`${COLOURS[kind]} ${start} calc(${end} - 1px)`, `transparent calc(${end} - 1px) ${end}`];
  });
  return `linear-gradient(to right, ${stops.join(', ')})`;
}

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;
