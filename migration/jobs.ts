import type { Path } from '../kubernetes/manifests/manifest-documents.ts';
import { excludedDays, withoutWeekdays } from './cron/excluded-days.ts';
import { windowsBetween } from './cron/windows.ts';
import type { Draft } from './draft.ts';
import { pushRules, readSchedule } from './schedules.ts';

/*
 * Jobs that each set the number of pods at a time, and leave it to the next. Of their sizes the smallest is the floor at all other
 * times, min-replicas; each of the others holds from its job until the next.
 */

export interface JobFields {
  readonly schedule: string;
  readonly size: string;
  /** Of an HPA that is the target. */
  readonly min?: string;
  readonly max?: string;
  readonly once?: string;
  /** Where the days are that a job leaves out. */
  readonly excluded?: (job: Path) => Path;
  readonly byDefault: string;
}

interface Job {
  readonly at: Path;
  readonly cron: string;
  readonly timeZone: string;
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** Fields that it is made of. */
  readonly from: readonly Path[];
}

export function readJobs(draft: Draft, list: Path, fields: JobFields): void {
  const jobs = draft.each(list).flatMap((at) => readJob(draft, at, fields) ?? []);
  if (jobs.length === 0) return;
  const sizes = jobs.flatMap(({ min }) => (min === undefined ? [] : [min]));
  const floor = Math.min(...sizes.filter((size) => size > 0));
  if (Number.isFinite(floor)) {
    const own = jobs.filter(({ min }) => min === floor);
    draft.wishes.push({
      name: 'min-replicas',
      value: String(floor),
      from: draft.origin(...own.flatMap(({ from }) => from)),
      weak: true,
    });
  }
  const tops = jobs.flatMap(({ max }) => (max === undefined ? [] : [max]));
  const top = Math.max(...tops);
  if (tops.length > 0) {
    const own = jobs.filter(({ max }) => max === top);
    draft.wishes.push({
      name: 'max-replicas',
      value: String(top),
      from: draft.origin(...own.flatMap(({ from }) => from)),
      weak: true,
    });
  }
  draft.assume(
    'A schedule becomes a floor: more pods than it says are there when the load needs them, up to max-replicas.',
  );
  for (const job of jobs) readWindow(draft, job, { jobs, floor, top: tops.length > 0 ? top : undefined, fields });
}

function readJob(draft: Draft, at: Path, fields: JobFields): Job | undefined {
  const field = (name: string): Path => [...at, name];
  if (fields.once !== undefined && draft.text(field(fields.once)) === 'true') {
    draft.drop(at, 'it runs once, and rules come again: add it for its day, and remove it then');
    return undefined;
  }
  const schedule = readSchedule(draft, field(fields.schedule), { byDefault: fields.byDefault, item: at });
  if (schedule === undefined) return undefined;
  const paths = [fields.size, fields.min, fields.max].filter((name) => name !== undefined).map(field);
  const min =
    draft.whole(field(fields.size)) ?? (fields.min === undefined ? undefined : draft.whole(field(fields.min)));
  const max = fields.max === undefined ? undefined : draft.whole(field(fields.max));
  if (min === undefined && max === undefined) {
    draft.drop(at, `found no ${fields.size}; expected a number of pods`);
    return undefined;
  }
  const once = fields.once === undefined ? [] : [field(fields.once)];
  return {
    at,
    cron: schedule.cron,
    timeZone: schedule.timeZone,
    min,
    max,
    from: [...schedule.from, ...paths, ...once],
  };
}

interface Setting {
  readonly jobs: readonly Job[];
  readonly floor: number;
  readonly top: number | undefined;
  readonly fields: JobFields;
}

/** What a job asks for until the next one that asks for something else. */
function readWindow(draft: Draft, job: Job, { jobs, floor, top, fields }: Setting): void {
  const isFloor = job.min === undefined || job.min === floor;
  const isTop = job.max === undefined || job.max === top;
  if (isFloor && isTop) return;
  const others = jobs.filter(({ min, max }) => min !== job.min || max !== job.max);
  if (others.some(({ timeZone }) => timeZone !== job.timeZone)) {
    draft.drop(job.at, 'its jobs go by the clocks of several time zones');
    return;
  }
  const days = fields.excluded === undefined ? undefined : readExcluded(draft, fields.excluded(job.at));
  const cron = withoutWeekdays(job.cron, days?.weekdays ?? []);
  if (cron === undefined) {
    draft.drop(job.at, 'no day is left of its schedule, or the days can’t be taken out of it');
    return;
  }
  const windows = windowsBetween(
    cron,
    others.map((other) => other.cron),
  );
  if (typeof windows === 'string') {
    draft.drop(job.at, windows);
    return;
  }
  // None at all is what the clock asks for: no metric brings a pod back before the next job.
  const min = isFloor ? undefined : job.min;
  const max = job.min === 0 ? 0 : isTop ? undefined : job.max;
  const bounds = {
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(days === undefined || days.dates.length === 0 ? {} : { except: days.dates }),
  };
  pushRules(draft, windows, job.timeZone, bounds, [...job.from, ...(days?.from ?? [])]);
}

function readExcluded(draft: Draft, list: Path): { weekdays: number[]; dates: string[]; from: Path[] } | undefined {
  const found = { weekdays: [] as number[], dates: [] as string[], from: [] as Path[] };
  for (const at of draft.each(list)) {
    const text = draft.text(at);
    const days =
      text === undefined
        ? 'found nothing; expected a cron expression of days'
        : excludedDays(text, draft.context.nowSeconds);
    if (typeof days === 'string') {
      draft.drop(at, days);
      continue;
    }
    found.weekdays.push(...days.weekdays);
    found.dates.push(...days.dates);
    found.from.push(at);
    if (days.dates.length > 0)
      draft.assume('Days that are left out come each year; the rule names those of the next three years.');
  }
  if (found.from.length === 0) return undefined;
  return { ...found, dates: [...new Set(found.dates)].sort() };
}
