/** The rule that set the number of replicas, in the order in which the rules are asked. */
export type Reason =
  /** The expected peak of the lead time and its error. */
  | 'forecast'
  /** The observed load with the calibrated headroom: the reactive floor was the higher one. */
  | 'headroom'
  /** Prediction does not pay here: the HPA's rule at the calibrated target. */
  | 'reactive'
  /** No refit came in time: the reactive floor decides alone. */
  | 'forecast-expired'
  /** Demand is failing now: spare pods are started too, as the first to be Ready serve. */
  | 'catch-up'
  /** The load is far below all that this time of day saw: nothing is taken away. */
  | 'unusually-low'
  /** A higher need of the last minutes is kept. */
  | 'stabilization'
  | 'min'
  | 'max'
  /** No observation: nothing changes. */
  | 'no-data';

/** What to do at one tick: a value, computed by pure code, carried out elsewhere. */
export interface Decision {
  readonly kind: 'scale' | 'hold' | 'no-data';
  /** Replicas wanted; for `hold` and `no-data` those that exist. */
  readonly replicas: number;
  /** What the rules said, first to last; the last one decided. */
  readonly reasons: readonly Reason[];
}
