import { type FrontierCell, UNMET_TARGET_BP } from './frontier-cell.ts';

/** Traces whose load has a period: near the oracle is possible there. */
const PERIODIC = ['svc_crane14', 'svc_crane08', 'svc_ms_ingress03', 'cpu_azurevms', 'demand_nyctaxi'];
const PERIODIC_RATIO = 1.04;
const LEAST_MEAN_SHARE = 0.8;
const LEAST_MEDIAN_SHARE = 0.9;

/** Share of the oracle's saving over the HPA of equal service; NaN where the oracle saves nothing. */
export function share({ comparator, predictive }: FrontierCell): number {
  const possible = comparator.ratio - 1;
  return possible > 0 ? (comparator.ratio - predictive.ratio) / possible : Number.NaN;
}

/** Undefined where even the tuned HPA can't keep the SLO. */
export function missesSlo({ tuned, predictive }: FrontierCell): boolean | undefined {
  return tuned.unmetBp <= UNMET_TARGET_BP ? predictive.unmetBp > 2 * UNMET_TARGET_BP : undefined;
}

/** Mean, median and worst share, and the number of broken SLOs, as closing rows of the table. */
export function summaryRows(cells: readonly FrontierCell[], columns: number): (string | number)[][] {
  const { mean, median, worst, broken } = summary(cells);
  const closing = (label: string, value: number | string, slo = '') => [
    label,
    ...new Array<string>(columns - 3).fill(''),
    value,
    slo,
  ];
  return [
    closing('mean', mean),
    closing('median', median),
    closing('worst', worst),
    closing('broken SLOs', '', String(broken)),
  ];
}

function summary(cells: readonly FrontierCell[]) {
  const shares = cells
    .map(share)
    .filter((s) => Number.isFinite(s))
    .sort((a, b) => a - b);
  const middle = shares.length >> 1;
  return {
    mean: shares.reduce((sum, s) => sum + s, 0) / shares.length,
    median: shares.length % 2 === 1 ? shares[middle]! : (shares[middle - 1]! + shares[middle]!) / 2,
    worst: shares[0] ?? Number.NaN,
    broken: cells.filter((cell) => missesSlo(cell) === true).length,
  };
}

/** What must be reached, line by line, with what was. */
export function targetLines(cells: readonly FrontierCell[]): string[] {
  const { mean, median, broken } = summary(cells);
  const dearer = cells.filter(({ predictive, comparator }) => predictive.ratio > comparator.ratio);
  const lines = [
    verdict(mean >= LEAST_MEAN_SHARE, `mean share ≥ ${LEAST_MEAN_SHARE}`, mean.toFixed(3)),
    verdict(median >= LEAST_MEDIAN_SHARE, `median share ≥ ${LEAST_MEDIAN_SHARE}`, median.toFixed(3)),
    verdict(
      dearer.length === 0,
      'on no trace dearer than the HPA of equal service',
      dearer.map(label).join('; ') || 'none',
    ),
    verdict(
      broken === 0,
      `unmet ≤ ${(2 * UNMET_TARGET_BP) / 100} % wherever the tuned HPA keeps ${UNMET_TARGET_BP / 100} %`,
      cells
        .filter((cell) => missesSlo(cell) === true)
        .map(label)
        .join('; ') || 'all kept',
    ),
  ];
  for (const name of PERIODIC) {
    for (const { job, predictive } of cells) {
      if (job.startup !== 'eci' || !job.trace.startsWith(name)) continue;
      const reached = predictive.ratio <= PERIODIC_RATIO;
      lines.push(verdict(reached, `≤ ${PERIODIC_RATIO} × oracle on ${name}, eci`, predictive.ratio.toFixed(3)));
    }
  }
  return lines;
}

function label({ job }: FrontierCell): string {
  return `${job.trace} ${job.startup}`;
}

function verdict(reached: boolean, target: string, found: string): string {
  return `${reached ? 'met' : 'NOT MET'}: ${target} (${found})`;
}
