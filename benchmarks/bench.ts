import type { ObservationName } from './observations.ts';

/** What every benchmark is told. */
export interface BenchOptions {
  /** Fewer origins and series: minutes become seconds. */
  readonly quick: boolean;
  /** Folder with the traces, relative to the working directory. */
  readonly traces: string;
  /** Only the parts whose name contains this. */
  readonly only?: string;
  /** False: without the neural model (frontier, generated). */
  readonly neural?: boolean;
  /** True: `predictive` is the plan with the true peaks in place of its forecasts (frontier, generated). */
  readonly foresight?: boolean;
  /** What policies see of the demand, by name (frontier, generated); default: `rate[1m]` of scrapes each 15 s. */
  readonly observation?: ObservationName;
  /** Folder for the result in further forms. */
  readonly out?: string;
  /** Told a line as soon as a part is ready: some benchmarks take minutes. */
  readonly progress?: (line: string) => void;
}

/** What every benchmark answers: a table, and where one is not enough, further ones. */
export interface BenchResult {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** How it was measured and what falls short. */
  readonly notes: readonly string[];
  readonly more?: readonly BenchResult[];
}

/** One benchmark module. */
export interface Bench {
  run(options: BenchOptions): Promise<BenchResult>;
}

/** All tables of a result, one below the other. */
export function formatTables({ more = [], ...first }: BenchResult): string {
  return [first, ...more].map(formatTable).join('\n\n');
}

/** An aligned text table; numbers to the right. */
function formatTable(result: BenchResult): string {
  const cells = [result.columns, ...result.rows].map((row) => row.map((cell) => formatCell(cell)));
  const widths = result.columns.map((_, c) => Math.max(...cells.map((row) => (row[c] ?? '').length)));
  const numeric = result.columns.map((_, c) => result.rows.some((row) => typeof row[c] === 'number'));
  const lines = cells.map((row) =>
    row
      .map((cell, c) => (numeric[c] ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((w) => '-'.repeat(w)).join('  ');
  return [result.title, '', lines[0], rule, ...lines.slice(1), '', ...result.notes.map((n) => `- ${n}`)].join('\n');
}

function formatCell(cell: string | number): string {
  if (typeof cell === 'string') return cell;
  if (!Number.isFinite(cell)) return '–';
  return Number.isInteger(cell) ? String(cell) : cell.toFixed(Math.abs(cell) < 1 ? 4 : 2);
}
