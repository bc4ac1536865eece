import type { BoundAnswer, SavingsAnswer } from '../api/savings.ts';
import type { FleetRow } from '../fleet/fleet-row.ts';

/** How much is known of what a workload saves. */
export const BASES = ['replayed', 'bound', 'unknown'] as const;
export type Basis = (typeof BASES)[number];

/** A workload of the ranking. `opted`: its row of the fleet; undefined: it has not opted in. */
export type Ranked = { readonly key: string; readonly opted: FleetRow | undefined } & (
  | { readonly basis: 'replayed'; readonly baseline: Compared }
  | { readonly basis: 'bound'; readonly bound: BoundAnswer }
  | { readonly basis: 'unknown'; readonly why: string }
);
export type Compared = Extract<FleetRow['baseline'], { readonly own: unknown }>;

/**
 * All workloads: first those whose HPA was replayed beside what ran, by what they save; then those of which a bound is known, by that: each of
 * these is a ceiling, not a saving; then the others.
 */
export function ranking(fleet: readonly FleetRow[], all: SavingsAnswer['rows']): Ranked[] {
  const others = new Map(all.map((row) => [row.key, row]));
  const opted = fleet.map((row) => {
    const other = others.get(row.key);
    others.delete(row.key);
    return rankedOf(row.key, row, other);
  });
  const rest = [...others.values()].map((row) => rankedOf(row.key, undefined, row));
  return [...opted, ...rest].sort(
    (a, b) => BASES.indexOf(a.basis) - BASES.indexOf(b.basis) || hoursOf(b) - hoursOf(a) || (a.key < b.key ? -1 : 1),
  );
}

function rankedOf(key: string, opted: FleetRow | undefined, other: SavingsAnswer['rows'][number] | undefined): Ranked {
  const baseline = opted?.baseline;
  if (baseline && 'own' in baseline) return { key, opted, basis: 'replayed', baseline };
  if (other && 'podHours' in other) return { key, opted, basis: 'bound', bound: other };
  return { key, opted, basis: 'unknown', why: other?.why ?? baseline?.why ?? '' };
}

/** Pod-hours that are saved, or could be at most; of unknown ones nothing. */
export function hoursOf(ranked: Ranked): number {
  if (ranked.basis === 'replayed') return ranked.baseline.hpa.podHours - ranked.baseline.own.podHours;
  return ranked.basis === 'bound' ? ranked.bound.podHours - ranked.bound.leastPodHours : 0;
}
