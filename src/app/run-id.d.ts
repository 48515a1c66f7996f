/** Names a run or a measurement; unique in this page, which has its engine to itself. */
export declare function newRunId(): string;
