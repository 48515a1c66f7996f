/** The finished run that the timeline may show beside what the settings describe. */
import type { AppState, FinishedRun } from '../state.ts';
import { selectionOf } from '../state.ts';

/** Null where the picture on the stage was made by another policy or number of steps. */
export function finishedOf(state: AppState): FinishedRun | null {
  const { finished } = state;
  const selection = selectionOf(state);
  if (finished === null || selection === null) return null;
  const { choice, stepCount } = selection;
  const isSame = finished.recipe.choice.policyId === choice.policyId && finished.recipe.stepCount === (choice.file?.stepCount ?? stepCount);
  return isSame ? finished : null;
}
