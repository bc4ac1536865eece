/** The rule that set the number of replicas, in the order in which the rules are asked. */
export type PlanReason =
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
  /** Bounded: so much more than the need of the last ten minutes and the expected peak, and no more. */
  | 'need-limit'
  /** The load is far below all that this time of day saw: nothing is taken away. */
  | 'unusually-low'
  /** Pods over the need stay: they are expected to be needed again before a start would pay. */
  | 'needed-again'
  /** A higher need of the last minutes is kept. */
  | 'stabilization'
  | 'min'
  | 'max'
  /** No observation: nothing changes. */
  | 'no-data';

/** A guard of the live path that changed what was planned, in the order in which they are asked. */
export type GuardReason =
  /** The clock went back, stood or ran ahead for more than a minute, or is not that of the metrics' server: nothing is taken away. */
  | 'clock-jump'
  /** Data came back after a gap: nothing is taken away until the last five minutes are whole. */
  | 'data-gap'
  /** One of several metrics has no value: pods may be added, none is taken away. */
  | 'metric-missing'
  /** A metric is the same to the last digit for a minute though it moved before: nothing is taken away. */
  | 'frozen-metric'
  /** The pods are saturated: the load shows less than what is asked of them, so none is taken away. */
  | 'saturated'
  /** The load broke off while pods are Ready: for a quarter of an hour that is taken for a fault of the measurement. */
  | 'false-zero'
  /** This process has only begun to act, and does not know all that was done before it: nothing is taken away. */
  | 'warming-up'
  /** Direction was reversed too often within an hour: nothing is taken away. */
  | 'reversals'
  /** More than twice as many as there are, and more than twice what history ever needed: step by step. */
  | 'step-limit'
  /** Pods that were asked for are not created, as a quota refuses them: no more are asked for. */
  | 'not-created'
  /** New pods don't become Ready: no more are added. */
  | 'never-ready'
  /** Another writer changed the replicas: for ten minutes its number is respected as far as the load allows. */
  | 'external-change'
  /** The metric comes from the pods, so the last one stays. */
  | 'last-pod'
  /** The most that the administrator allows. */
  | 'cap'
  /** Another writer set the replicas to 0: switched off until somebody sets another number. */
  | 'switched-off'
  /** Another writer puts the same number back again and again: left to it, tried again ever more rarely. */
  | 'conflict'
  /** Paused by the user, wholly or in this direction. */
  | 'paused'
  /** Too many workloads would lose more than half of their pods at once: all removals wait. */
  | 'fleet-breaker';

export type Reason = PlanReason | GuardReason;

/** What to do at one tick: a value, computed by pure code, carried out elsewhere. */
export interface Decision<R extends Reason = Reason> {
  readonly kind: 'scale' | 'hold' | 'no-data';
  /** Replicas wanted; for `hold` and `no-data` those that exist. */
  readonly replicas: number;
  /** What the rules said, first to last; the last one decided. */
  readonly reasons: readonly R[];
}
