/** The page's one mutable value and those who look at it. */

export interface Store<State extends object> {
  get(): State;
  /** Replaces the named fields and tells the watchers, at once and in the order they came. */
  set(patch: Partial<State>): void;
  /** Calls `render` now and whenever one of the selected values is another one than before. */
  watch<Selected extends unknown[]>(select: (state: State) => [...Selected], render: (...selected: NoInfer<Selected>) => void): void;
}

export function createStore<State extends object>(initial: State): Store<State> {
  let state = initial;
  const listeners: (() => void)[] = [];
  return {
    get: () => state,
    set(patch) {
      state = { ...state, ...patch };
      for (const listener of listeners) listener();
    },
    watch(select, render) {
      let shown = select(state);
      render(...shown);
      listeners.push(() => {
        const next = select(state);
        if (next.every((value, index) => Object.is(value, shown[index]))) return;
        shown = next;
        render(...next);
      });
    },
  };
}
