import { isTimeZone } from '../core/calendar/time-zone.ts';
import type { Path } from '../kubernetes/manifests/manifest-documents.ts';
import { fiveFields } from './cron/dialect.ts';
import { type CronWindow, windowsBetween } from './cron/windows.ts';
import { type Draft, type RuleWish, shown } from './draft.ts';

/** Whose clock an expression means that names no zone, in words; undefined: the project says UTC. */
export type DefaultZone = string | undefined;

/** A schedule of five fields and its zone; undefined: dropped, with the reason. */
export function readSchedule(
  draft: Draft,
  path: Path,
  zone: { readonly at?: Path; readonly byDefault: DefaultZone; readonly item: Path },
): { readonly cron: string; readonly timeZone: string; readonly from: Path[] } | undefined {
  const text = draft.text(path);
  if (text === undefined) {
    draft.drop(zone.item, `found no ${path.at(-1)}; expected a cron expression`);
    return undefined;
  }
  const read = fiveFields(text);
  if (typeof read === 'string') {
    draft.drop(zone.item, read);
    return undefined;
  }
  if (read.note !== undefined) draft.assume(`${shown(text)}: ${read.note}.`);
  const named = zone.at === undefined ? undefined : draft.text(zone.at);
  const timeZone = read.timeZone ?? zoneOf(draft, named, zone.byDefault);
  if (timeZone === undefined) {
    draft.drop(zone.item, `found the time zone ${shown(named)}; expected an IANA time zone such as Asia/Shanghai`);
    return undefined;
  }
  return { cron: read.cron, timeZone, from: zone.at === undefined || named === undefined ? [path] : [path, zone.at] };
}

/** `Local` is Crane's word for the clock of its own pod. */
function zoneOf(draft: Draft, named: string | undefined, byDefault: DefaultZone): string | undefined {
  if (named !== undefined && named !== 'Local' && named !== '') return isTimeZone(named) ? named : undefined;
  const whose = named === 'Local' ? 'the clock of the controller' : byDefault;
  if (whose === undefined) return 'UTC';
  const zone = draft.context.timeZone;
  if (zone === undefined)
    draft.assume(
      `Its schedules go by ${whose}, which the manifest doesn't say: taken for UTC. --timezone says another zone.`,
    );
  return zone ?? 'UTC';
}

/** A window from one expression to another, within which a number of pods holds. */
export interface StartAndEnd {
  readonly item: Path;
  readonly start: Path;
  readonly end: Path;
  readonly zone: Path;
  readonly replicas: Path;
  readonly byDefault: DefaultZone;
}

/** @param bounds what the replicas mean: the least, or exactly these */
export function readStartAndEnd(draft: Draft, where: StartAndEnd, bounds: 'least' | 'exactly'): void {
  const zone = { at: where.zone, byDefault: where.byDefault, item: where.item };
  const replicas = draft.whole(where.replicas);
  const start = readSchedule(draft, where.start, zone);
  const end = start && readSchedule(draft, where.end, zone);
  if (start === undefined || end === undefined) return;
  if (replicas === undefined) {
    draft.drop(where.item, `found no ${where.replicas.at(-1)}; expected a number of pods`);
    return;
  }
  const windows = windowsBetween(start.cron, [end.cron]);
  if (typeof windows === 'string') {
    draft.drop(where.item, windows);
    return;
  }
  const from = [...start.from, ...end.from, where.replicas];
  pushRules(
    draft,
    windows,
    start.timeZone,
    { min: replicas, ...(bounds === 'exactly' ? { max: replicas } : {}) },
    from,
  );
}

/** The same bounds in each of the windows. */
export function pushRules(
  draft: Draft,
  windows: readonly CronWindow[],
  timeZone: string,
  bounds: Pick<RuleWish, 'min' | 'max' | 'except'>,
  from: readonly Path[],
): void {
  for (const window of windows) draft.rules.push({ ...window, timeZone, ...bounds, from: draft.origin(...from) });
}
