/** Waits; resolves early, without an error, when the signal aborts. */
export type Sleep = (seconds: number, signal?: AbortSignal) => Promise<void>;

/** Time that is passed in: a monotonic clock (never set back, no epoch) and a way to wait by it. */
export interface Clock {
  readonly nowSeconds: () => number;
  readonly sleep: Sleep;
}
