import { type Row, row } from './rows.ts';

/** What one size costs; NaN: was not measured. */
export interface Costs {
  readonly workloads: number;
  readonly cycleSeconds: number;
  readonly redisMb: number;
  readonly planningMs: number;
  readonly collectorSeconds: number;
}

const COSTS = [
  ['cycleSeconds', 'cycle, s'],
  ['redisMb', 'Redis, MB'],
  ['planningMs', 'planning tick, ms CPU'],
  ['collectorSeconds', 'collector tick, s'],
] as const;

export interface Growth {
  readonly columns: readonly string[];
  /** A row a size, with each cost's factor to the row before: wanted is at most the factor of the workloads. */
  readonly rows: readonly (readonly (string | number)[])[];
  /** The worst of all steps; one of more than twice the workloads counts as several alike. */
  readonly worst: Row;
}

/** @param sizes ascending; what was measured of none is left out */
export function growthOf(sizes: readonly Costs[]): Growth {
  const costs = COSTS.filter(([key]) => sizes.some((size) => !Number.isNaN(size[key])));
  let worst = 0;
  const rows = sizes.map((size, i) => {
    const before = sizes[i - 1];
    if (!before) return [size.workloads, '', ...costs.flatMap(([key]) => [size[key], '']), ''];
    const more = size.workloads / before.workloads;
    const factors = costs.map(([key]) => size[key] / before[key]);
    worst = Math.max(worst, ...factors.map((factor) => 2 ** (Math.log(factor) / Math.log(more))));
    const dearer = costs.filter((_, c) => !(factors[c]! <= more)).map(([, title]) => title.split(',')[0]);
    const verdict = dearer.length === 0 ? 'met' : `NOT MET: ${dearer.join(', ')}`;
    return [size.workloads, more, ...costs.flatMap(([key], c) => [size[key], factors[c]!]), verdict];
  });
  return {
    columns: ['workloads', '×', ...costs.flatMap(([, title]) => [title, '×']), 'verdict'],
    rows,
    worst: row('what twice the workloads cost, at worst', worst, '×', 2),
  };
}
