import type { Series } from '../../core/series.ts';

/** What a training is told: plain data, to be sent to a thread. */
export interface TrainingTask {
  readonly loads: readonly TrainingLoad[];
  /** The network in use and the one before it, where there are any. */
  readonly current: Uint8Array | undefined;
  readonly previous: Uint8Array | undefined;
  readonly seed: number;
}

export interface TrainingLoad {
  readonly id: string;
  /** Demand by minute, NaN is no data. */
  readonly history: Series;
  readonly leadSeconds: number;
  readonly podCapacity: number;
}

/** What came of it, in words for people too. */
export type TrainingOutcome = { readonly why: string; readonly lessons: number } & (
  | { readonly kind: 'published'; readonly bytes: Uint8Array }
  | { readonly kind: 'kept' }
  /** The one in use proved worse on a day that it had not seen than what was there before. */
  | { readonly kind: 'rolled-back'; readonly to: 'previous' | 'shipped' }
);
