import { DEFAULT_OBSERVATION, EXACT_OBSERVATION, type Observation } from '../replay/observation.ts';

/** What policies may see of the demand in a benchmark: the default of replay, kube-prometheus-stack's, and the demand itself. */
export const OBSERVATIONS = {
  'rate[1m]': DEFAULT_OBSERVATION,
  'rate[2m]': { kind: 'rate', scrapeSeconds: 30, windowSeconds: 120, lossProbability: 0 },
  exact: EXACT_OBSERVATION,
} as const satisfies Readonly<Record<string, Observation>>;

export type ObservationName = keyof typeof OBSERVATIONS;
