import type { FleetRow } from '../fleet/fleet-row.ts';

/** How the list can be sorted: by what is worst or most first, or by name. */
export const SORTS = [
  'attention',
  'workload',
  'mode',
  'now',
  'wanted',
  'next',
  'load',
  'error',
  'startup',
  'budget',
  'saved',
] as const;
export type Sort = (typeof SORTS)[number];

export interface FleetChoice {
  readonly q: string;
  readonly namespace: string;
  readonly mode: string;
  readonly attention: boolean;
  readonly sort: Sort;
  readonly ascending: boolean;
}

/** The choice that an address holds. */
export function choiceOf(query: URLSearchParams): FleetChoice {
  const sort = SORTS.find((one) => one === query.get('sort')) ?? 'attention';
  return {
    q: query.get('q') ?? '',
    namespace: query.get('ns') ?? '',
    mode: query.get('mode') ?? '',
    attention: query.get('attention') === '1',
    sort,
    ascending: query.has('dir') ? query.get('dir') === 'asc' : sort === 'workload' || sort === 'mode',
  };
}

/** Pod-hours that the HPA would have needed more, in the compared hours; null: nothing was compared. */
export function savedHours({ baseline }: FleetRow): number | null {
  return 'own' in baseline ? baseline.hpa.podHours - baseline.own.podHours : null;
}

/** Load ÷ what the Ready pods serve; null: one of them is not known, or nothing is Ready. */
export function utilization({ load, podCapacity, replicas }: FleetRow): number | null {
  if (load === null || podCapacity === null || !(podCapacity > 0) || !replicas.ready) return null;
  return load / (podCapacity * replicas.ready);
}

const WORST: readonly string[] = [
  'not-ready',
  'conflict',
  'replica-failure',
  'budget-overspent',
  'failing',
  'stale-forecast',
];

/** The larger the graver; 0: nothing needs a person. */
function gravity({ attention }: FleetRow): number {
  return attention.reduce((most, what) => Math.max(most, WORST.length - WORST.indexOf(what)), 0);
}

type Value = string | number | null;

const VALUES: Readonly<Record<Sort, (row: FleetRow) => Value>> = {
  attention: gravity,
  workload: ({ key }) => key,
  mode: ({ mode }) => mode,
  now: ({ replicas }) => replicas.current,
  wanted: ({ replicas }) => replicas.wanted,
  // As the largest of other figures, the soonest is what comes first.
  next: ({ next }) => next && -next.atSeconds,
  load: utilization,
  error: ({ forecastError }) => forecastError,
  startup: ({ leadTimeSeconds }) => leadTimeSeconds,
  budget: ({ budgetUsed }) => budgetUsed,
  saved: savedHours,
};

/** What is chosen, in its order: what is not known comes last either way, and equals by saving, then by name. */
export function chosen(rows: readonly FleetRow[], choice: FleetChoice): FleetRow[] {
  const q = choice.q.trim().toLowerCase();
  const value = VALUES[choice.sort];
  const sign = choice.ascending ? 1 : -1;
  return rows
    .filter(
      ({ key, ref, mode, attention }) =>
        (q === '' || key.toLowerCase().includes(q)) &&
        (choice.namespace === '' || ref.namespace === choice.namespace) &&
        (choice.mode === '' || mode === choice.mode) &&
        (!choice.attention || attention.length > 0),
    )
    .map((row) => ({ row, value: value(row), saved: savedHours(row) }))
    .sort(
      (a, b) => compared(a.value, b.value, sign) || compared(a.saved, b.saved, -1) || compared(a.row.key, b.row.key, 1),
    )
    .map(({ row }) => row);
}

function compared(a: Value, b: Value, sign: number): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -sign : sign;
}
