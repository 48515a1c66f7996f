/** Feeds many garbled inputs to one way in and tallies what becomes of them. */
import type { Random } from '../src/core/rng/seeded-random.ts';
import { seededRandom } from '../src/core/rng/seeded-random.ts';

/** Far above what any takes. Of processor time: machines are shared, and waiting for a turn is no fault. */
const SLOWEST_MS = 1000;
const MAX_MESSAGE_LENGTH = 1000;

/** What every way in gives back. */
type Handled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } };

export interface FuzzPlan<Input, T> {
  readonly count: number;
  readonly seed: number;
  readonly make: (random: Random) => Input;
  readonly handle: (input: Input) => Handled<T> | Promise<Handled<T>>;
  /** What is wrong with a value that was let in; null when it holds. */
  readonly faultOf: (value: T) => string | null;
}

export interface FuzzTally {
  readonly count: number;
  readonly accepted: number;
  /** How often each code was given. */
  readonly codes: Readonly<Record<string, number>>;
  /** Of processor time. */
  readonly slowestMs: number;
}

/** Thrown errors, unsound values and messages nobody could read end it, naming the input's number. */
export async function fuzz<Input, T>({ count, seed, make, handle, faultOf }: FuzzPlan<Input, T>): Promise<FuzzTally> {
  const random = seededRandom(seed);
  const codes: Record<string, number> = {};
  let [accepted, slowestMs] = [0, 0];
  for (let index = 0; index < count; index += 1) {
    const input = make(random);
    const before = process.cpuUsage();
    let outcome: Handled<T>;
    try {
      outcome = await handle(input);
    } catch (error) {
      throw new Error(`Input ${index} of seed ${seed} was not refused but thrown at.`, { cause: error });
    }
    const { user, system } = process.cpuUsage(before);
    slowestMs = Math.max(slowestMs, (user + system) / 1000);
    const fault = outcome.ok ? faultOf(outcome.value) : faultOfMessage(outcome.error);
    if (fault !== null) throw new Error(`Input ${index} of seed ${seed}: ${fault}`);
    if (outcome.ok) accepted += 1;
    else codes[outcome.error.code] = (codes[outcome.error.code] ?? 0) + 1;
  }
  return { count, accepted, codes, slowestMs };
}

function faultOfMessage({ code, message }: { readonly code: string; readonly message: string }): string | null {
  if (code === 'internal' || code === '') return `the code “${code}” says nothing: ${message}`;
  if (message.length < 10 || message.includes('[object')) return `the message says nothing: ${message}`;
  return message.length > MAX_MESSAGE_LENGTH ? `the message has ${message.length} characters: ${message.slice(0, 200)}` : null;
}

/**
 * What a tally falls short of, empty when nothing: codes that are not in the contract, layers that the garbling never
 * reached (it would test only the first), inputs that took too long.
 */
export function shortfalls({ codes, accepted, slowestMs }: FuzzTally, known: readonly string[], wanted: readonly string[]): string[] {
  return [
    ...Object.keys(codes).filter((code) => !known.includes(code)).map((code) => `unknown code ${code}`),
    ...wanted.filter((code) => codes[code] === undefined).map((code) => `never ${code}`),
    ...(accepted === 0 ? ['nothing was let in'] : []),
    ...(slowestMs > SLOWEST_MS ? [`${Math.round(slowestMs)} ms for one input`] : []),
  ];
}
