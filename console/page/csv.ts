import type { FleetRow } from '../fleet/fleet-row.ts';
import { savedHours, utilization } from './fleet-order.ts';

const COLUMNS: readonly (readonly [string, (row: FleetRow) => string | number | null])[] = [
  ['namespace', ({ ref }) => ref.namespace],
  ['kind', ({ ref }) => ref.kind],
  ['name', ({ ref }) => ref.name],
  ['mode', ({ mode }) => mode],
  ['attention', ({ attention }) => attention.join(' ')],
  ['replicas', ({ replicas }) => replicas.current],
  ['ready', ({ replicas }) => replicas.ready],
  ['wanted', ({ replicas }) => replicas.wanted],
  ['next_change_time', ({ next }) => next && new Date(next.atSeconds * 1000).toISOString()],
  ['next_change_replicas', ({ next }) => next?.replicas ?? null],
  ['load', ({ load }) => load],
  ['load_unit', ({ unit }) => unit],
  ['utilization_ratio', utilization],
  ['forecast_error_ratio', ({ forecastError }) => forecastError],
  ['lead_time_seconds', ({ leadTimeSeconds }) => leadTimeSeconds],
  ['error_budget_used_ratio', ({ budgetUsed }) => budgetUsed],
  ['saved_pod_hours', savedHours],
  ['why', ({ why }) => why],
];

/** The rows as CSV (RFC 4180), units in the headers; empty: not known. */
export function fleetCsv(rows: readonly FleetRow[]): string {
  const lines = rows.map((row) => COLUMNS.map(([, value]) => cell(value(row))).join(','));
  return `${[COLUMNS.map(([name]) => name).join(','), ...lines].join('\r\n')}\r\n`;
}

/** A text that a spreadsheet would take for a formula is quoted with an apostrophe, which shows it as it is. */
function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[\s\uFEFF]*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
