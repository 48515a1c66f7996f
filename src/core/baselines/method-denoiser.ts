/** A published method as a wrapper of the model with the signature of a denoiser; it decides while sampling. */
import type { StepDecision } from '../caching/decisions.ts';
import type { Denoiser, StepContext } from '../denoiser.ts';
import type { Anchor, CacheMethod, Passed, ProbeModel, Reading, Rule, Seen, SignalOps } from './method.ts';

export interface MethodDenoiser<T> {
  /** Takes the steps in order, from step 0; step 0 starts the next run. */
  readonly denoise: Denoiser<T>;
  /** Of the run so far. */
  decisions(): readonly StepDecision[];
  /** What was read at each step; at step 0 nothing. */
  readings(): readonly Reading[];
  /** Releases what is kept between steps; call it when the run has ended, however it ended. */
  dispose(): void;
}

const NOTHING_READ: Reading = { change: 0 };

/** @param onDecision told of each step before its computed or cached graph runs. */
export function createMethodDenoiser<T>(
  model: ProbeModel<T>,
  method: CacheMethod<T>,
  rule: Rule,
  stepCount: number,
  ops: SignalOps<T>,
  onDecision: (stepIndex: number, decision: StepDecision) => void = () => {},
): MethodDenoiser<T> {
  const probeName = method.signal?.probe ?? null;
  let computed: readonly Anchor<T>[] = [];
  let previous: Passed<T> | null = null;
  let decisions: readonly StepDecision[] = [];
  let readings: readonly Reading[] = [];
  /** Everything owned; a step's probe may be held as the previous step's and as an anchor's at once. */
  let held = new Set<T>();

  const tensorsOf = ({ latents, probe }: Passed<T>): T[] => [latents, ...probe];
  const settle = (): void => {
    const wanted = new Set<T>(computed.flatMap((anchor) => [...tensorsOf(anchor), anchor.velocity, anchor.residual]));
    for (const tensor of previous === null ? [] : tensorsOf(previous)) wanted.add(tensor);
    for (const tensor of held) if (!wanted.has(tensor)) ops.release(tensor);
    held = wanted;
  };
  const own = (tensor: T): T => {
    held.add(tensor);
    return tensor;
  };
  const copyOf = (tensor: T): T => own(ops.weightedSum([1], [tensor]));
  const clear = (): void => {
    [computed, previous] = [[], null];
    settle();
  };

  const read = async (seen: Seen<T>): Promise<Reading> => {
    if (method.signal === null) return NOTHING_READ;
    const differences = method.signal.differences(seen);
    return differences.length === 0 ? { change: Infinity } : method.signal.read(await ops.means(differences));
  };

  const compute = async (latents: T, step: StepContext, probe: readonly T[]): Promise<{ velocity: T; residual: T }> =>
    probeName === 'firstBlock' && model.resume !== undefined ? model.resume(latents, step, probe) : model.full(latents, step);

  const denoise: Denoiser<T> = async (latents, step) => {
    if (step.stepIndex === 0) {
      clear();
      [decisions, readings] = [[], []];
    }
    if (step.stepIndex !== decisions.length) throw new RangeError(`Step ${decisions.length} is expected, not step ${step.stepIndex}.`);
    const probe = probeName === null ? [] : (await model.probe(probeName, latents, step)).map(own);
    const here: Passed<T> = { latents: copyOf(latents), probe };
    const seen = previous === null ? null : { ...here, step, previous, computed };
    const reading = seen === null ? NOTHING_READ : await read(seen);
    readings = [...readings, reading];
    const decision = rule({ decisions, changes: readings.map(({ change }) => change), stepCount });
    onDecision(step.stepIndex, decision);
    let velocity: T;
    if (decision === 'compute') {
      const made = await compute(latents, step, probe);
      velocity = made.velocity;
      computed = [{ ...here, step, velocity: copyOf(velocity), residual: own(made.residual) }, ...computed].slice(0, method.anchors);
    } else {
      if (seen === null) throw new RangeError('The first step must be computed.');
      velocity = await method.velocityOf({ ...seen, gamma: reading.gamma, cached: (residual) => model.cached(latents, step, residual), ops });
    }
    previous = here;
    decisions = [...decisions, decision];
    settle();
    if (decisions.length === stepCount) clear();
    return velocity;
  };

  return { denoise, decisions: () => decisions, readings: () => readings, dispose: clear };
}
