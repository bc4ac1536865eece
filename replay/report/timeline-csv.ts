import { POLICY_NAMES, type PolicyRun, TICK_SECONDS, type Timeline } from '../result.ts';

const ROWS_PER_CHUNK = 1_000;

/** The runs in the order of POLICY_NAMES, whatever order they ran in. */
export function orderedRuns(runs: readonly PolicyRun[]): PolicyRun[] {
  return [...runs].sort((a, b) => POLICY_NAMES.indexOf(a.name) - POLICY_NAMES.indexOf(b.name));
}

/**
 * timeline.csv in chunks of whole lines, one row a tick. Numbers are the shortest decimals that read back as the same
 * double; no data is an empty cell.
 */
export function* timelineCsv(timeline: Timeline): Iterable<string> {
  const runs = orderedRuns(timeline.runs);
  const columns = runs.flatMap(({ name }) => [`${name}_desired`, `${name}_total`, `${name}_ready`, `${name}_started`]);
  let chunk = `${['time', 'demand', 'observed', 'forecast_p50', 'forecast_upper', ...columns].join(',')}\n`;
  for (let i = 0; i < timeline.demand.length; i++) {
    chunk += `${row(timeline, runs, i)}\n`;
    if ((i + 1) % ROWS_PER_CHUNK === 0) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}

function row(timeline: Timeline, runs: readonly PolicyRun[], i: number): string {
  const { startSeconds, demand, observed, forecastP50, forecastUpper } = timeline;
  let line = `${startSeconds + i * TICK_SECONDS},${cell(demand[i]!)},${cell(observed[i]!)}`;
  line += `,${cell(forecastP50[i]!)},${cell(forecastUpper[i]!)}`;
  for (const run of runs) line += `,${run.desired[i]},${run.total[i]},${run.ready[i]},${run.started[i]}`;
  return line;
}

function cell(value: number): string {
  return Number.isNaN(value) ? '' : String(value);
}
