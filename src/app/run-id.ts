let lastNumber = 0;

/** Names a run or a measurement; unique in this page, which has its engine to itself. */
export function newRunId(): string {
  lastNumber += 1;
  return `run-${lastNumber}`;
}
