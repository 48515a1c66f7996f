/** BudCache (arXiv 2606.13496): imports the `.pt` files of its official search (stage 1) and schedule training (stage 2). */
import type { PolicyFile } from '../policy.ts';
import type { ImportTarget } from './portable-policy.ts';
import { checkStepCount, portablePolicy } from './portable-policy.ts';
import type { Checked } from './refusal.ts';
import { checked, refuse } from './refusal.ts';
import type { StoredSchedule } from './stored-schedule.ts';
import { scheduleIn } from './stored-schedule.ts';
import { openTorchFile } from './torch-file.ts';

/**
 * A portable policy with plain reuse. Stage 1 says which steps are cached (not how many there are: that stands in the
 * file's name, `flux_28nfe10_h1a2b3c.pt`); stage 2 adds the step count and learned noise levels.
 */
export function importBudcachePt(bytes: Uint8Array, fileName: string, target: ImportTarget): Checked<PolicyFile> {
  return checked(() => {
    const schedule = scheduleIn(openTorchFile(bytes));
    const architecture = schedule.architecture ?? architectureNamed(fileName) ?? target.architecture;
    if (architecture !== target.architecture) {
      refuse('policy-mismatch', `The file was made for the architecture “${architecture}”, not for “${target.architecture}”.`);
    }
    const { stepCount, source } = stepCountOf(schedule, fileName, target);
    checkStepCount(stepCount);
    const learned = schedule.sigmas === null ? null : sigmasToZero(schedule.sigmas, stepCount);
    return portablePolicy({
      name: fileName.replace(/\.pt$/i, ''),
      architecture,
      sigmas: learned ?? target.sigmasFor(stepCount),
      computedSteps: computedStepsOf(schedule, stepCount),
      provenance: provenanceOf(schedule, fileName, source),
    });
  });
}

/** As the official scripts name their results. */
function architectureNamed(fileName: string): string | null {
  if (/^flux_\d+nfe/i.test(fileName)) return 'flux';
  if (/^wan_/i.test(fileName)) return 'wan';
  return /^z-?image/i.test(fileName) ? 'z-image' : null;
}

type StepCountSource = 'file' | 'name' | 'model';

function stepCountOf(schedule: StoredSchedule, fileName: string, target: ImportTarget): { stepCount: number; source: StepCountSource } {
  if (schedule.stepCount !== null) return { stepCount: schedule.stepCount, source: 'file' };
  const named = /(\d{1,4})nfe(\d{1,4})/i.exec(fileName);
  if (named !== null) {
    const [stepCount, nfe] = [Number(named[1]), Number(named[2])];
    const found = schedule.computedSteps?.length ?? stepCount - (schedule.cachedSteps?.length ?? 0);
    // A name that contradicts the contents belongs to some other file.
    if (found === nfe) return { stepCount, source: 'name' };
  }
  return schedule.sigmas === null
    ? { stepCount: target.stepCount, source: 'model' }
    : { stepCount: schedule.sigmas.length - 1, source: 'file' };
}

/** The official samplers end at 0 whatever the trained last value, which is off by rounding. */
function sigmasToZero(sigmas: readonly number[], stepCount: number): number[] {
  if (sigmas.length !== stepCount && sigmas.length !== stepCount + 1) {
    refuse('policy-invalid', `${stepCount} steps need ${stepCount + 1} noise levels; the file has ${sigmas.length}.`);
  }
  if (Math.abs(sigmas[stepCount] ?? 0) > 1e-4) refuse('policy-invalid', `The last noise level must be 0; it is ${sigmas[stepCount]}.`);
  return [...sigmas.slice(0, stepCount), 0];
}

function computedStepsOf({ cachedSteps, computedSteps }: StoredSchedule, stepCount: number): number[] {
  const outside = [...(cachedSteps ?? []), ...(computedSteps ?? [])].find((step) => !Number.isInteger(step) || step < 0 || step >= stepCount);
  if (outside !== undefined) refuse('policy-invalid', `Step ${outside} is outside the ${stepCount} steps from 0 to ${stepCount - 1}.`);
  const cached = new Set(cachedSteps);
  const listed = new Set(computedSteps);
  const steps = Array.from({ length: stepCount }, (_, step) => step);
  if (cachedSteps !== null && computedSteps !== null && steps.some((step) => cached.has(step) === listed.has(step))) {
    refuse('mask-invalid', 'The file’s lists of cached and of computed steps contradict each other.');
  }
  return steps.filter((step) => (cachedSteps === null ? listed.has(step) : !cached.has(step)));
}

const STEP_COUNT_WORDS: Readonly<Record<StepCountSource, string>> = {
  file: '',
  name: ' The number of steps was read from the file’s name.',
  model: ' The file does not say how many steps there are; this model’s usual number was assumed.',
};

function provenanceOf({ sigmas, loss }: StoredSchedule, fileName: string, source: StepCountSource): string {
  const stage = sigmas === null ? 'the model’s own noise levels' : 'the file’s learned noise levels';
  const claim = loss === null || !Number.isFinite(loss) ? '' : ` Its search reported a latent MSE of ${loss}, on another model.`;
  return `Imported from the BudCache file “${fileName.slice(0, 200)}”, with ${stage}.${STEP_COUNT_WORDS[source]}${claim} Not verified.`;
}
