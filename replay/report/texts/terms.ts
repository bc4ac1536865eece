/** What the report explains on hover, focus and tap: the one list; every language has a text for each. */
export const TERMS = [
  'slo',
  'served',
  'error-budget',
  'under-provisioned',
  'pod-starts',
  'start-cost',
  'saturation',
  'ready-ahead',
  'pod-hours',
  'oracle',
  'baseline',
  'hpa',
  'hpa-tuned',
  'cron',
  'window',
  'pod-capacity',
  'startup',
  'lead-time',
  'sync-period',
  'quantile',
  'wape',
  'wql',
  'coverage',
  'period',
  'observation',
  'filling',
  'resident',
  'elastic',
  'break-even',
  'extrapolation',
] as const;

export type Term = (typeof TERMS)[number];

/** A term as it is called and what it means, in one or two sentences. */
export interface Definition {
  readonly name: string;
  readonly meaning: string;
}

export type Glossary = Readonly<Record<Term, Definition>>;
