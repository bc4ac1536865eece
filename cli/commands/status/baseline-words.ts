import { durationWords } from '../../../addon/status/quantity-text.ts';
import { HOUR_SECONDS } from '../../../core/series.ts';
import type { Baseline, NoBaseline } from '../../../core/workload-status.ts';

/** Of which 99.995 % and 99.9 % are told apart. */
const SERVED_DIGITS = 3;

/** What ran against what the HPA would have, as lines: every saving names its baseline, the period, and what both served and started. */
export function baselineLines(baseline: Baseline | NoBaseline): string[] {
  if ('why' in baseline) return [`Against an HPA: not known; ${baseline.why}`];
  const { name, note, hours, own, hpa, savedShare, fromSeconds, toSeconds } = baseline;
  const period = `${hours} h of ${dateWords(fromSeconds)} … ${dateWords(toSeconds)}`;
  return [
    `Against ${name}, over ${period}:`,
    `  ${podHours(own.podHours)} pod-hours ran, the HPA's ${podHours(hpa.podHours)}${savedWords(savedShare)}`,
    `  served ${servedWords(own.servedShare)}, by the HPA ${servedWords(hpa.servedShare)}; ${own.starts} pod starts, by the HPA ${hpa.starts}`,
    ...(note === '' ? [] : [`  ${note}`]),
  ];
}

/** A cell of the table: `-20 %` pod-hours, or `+5 %` where the HPA would have needed fewer. */
export function savedCell(baseline: Baseline | NoBaseline): string {
  if ('why' in baseline || baseline.savedShare === null) return '–';
  const percent = Math.round(-100 * baseline.savedShare);
  return percent > 0 ? `+${percent} %` : `${percent} %`;
}

/** One line on all of them together; undefined where none is compared. */
export function fleetLine(baselines: readonly (Baseline | NoBaseline)[]): string | undefined {
  const all = baselines.flatMap((one) => ('why' in one ? [] : [one]));
  if (all.length === 0) return undefined;
  const sum = (of: (one: Baseline) => number) => all.reduce((total, one) => total + of(one), 0);
  const [own, hpa] = [sum((one) => one.own.podHours), sum((one) => one.hpa.podHours)];
  const served = (side: 'own' | 'hpa') => {
    const shares = all.flatMap((one) => one[side].servedShare ?? []);
    return shares.length === 0 ? null : Math.min(...shares);
  };
  const manifests = all.filter(({ source }) => source === 'manifest').length;
  const which = `${manifests} by their own HPA, ${all.length - manifests} by one with the defaults`;
  const hours = durationWords(Math.max(...all.map((one) => one.hours)) * HOUR_SECONDS);
  return (
    `VS HPA: ${podHours(own)} pod-hours of ${all.length === 1 ? '1 workload' : `${all.length} workloads`} within up to ${hours} (${which}), ` +
    `their HPAs' ${podHours(hpa)}; least served ${servedWords(served('own'))}, by an HPA ${servedWords(served('hpa'))}; ` +
    `${sum((one) => one.own.starts)} pod starts, by the HPAs ${sum((one) => one.hpa.starts)}. explain has each.`
  );
}

function savedWords(share: number | null): string {
  if (share === null) return '';
  const percent = Math.round(Math.abs(share) * 100);
  return share >= 0 ? `: ${percent} % fewer` : `: ${percent} % more`;
}

function podHours(hours: number): string {
  return hours >= 100 ? String(Math.round(hours)) : String(Number(hours.toPrecision(3)));
}

function servedWords(share: number | null): string {
  return share === null ? 'nothing' : `${Number((share * 100).toFixed(SERVED_DIGITS))} %`;
}

/** `2026-03-02 09:00 UTC` */
export function dateWords(epochSeconds: number): string {
  return `${new Date(epochSeconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
